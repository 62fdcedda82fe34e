#include "app/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "admin/figures.h"
#include "log/escape.h"

namespace rota {
namespace {

using nlohmann::json;

constexpr std::size_t kMostName = 100;  // bytes
constexpr std::size_t kMostReason = 300;

std::string shown(std::string_view value, std::size_t most = kMostName) {
  std::string text;
  while (!value.empty()) {
    if (text.size() >= most) return text + "…";
    const std::size_t run = std::min(plain_run(Escape::prose, value), most - text.size());
    text += value.substr(0, run);
    value.remove_prefix(run);
    if (run > 0 || value.empty()) continue;
    const Escaped escaped = escape_first(Escape::prose, value);
    text += escaped.text();
    value.remove_prefix(escaped.used);
  }
  return text;
}

std::string text_or(const json& value, std::string_view otherwise, std::size_t most = kMostName) {
  return value.is_null() ? std::string(otherwise) : shown(value.get_ref<const std::string&>(), most);
}

Duration seconds_of(const json& value) {
  return value.is_null() ? Duration::zero() : std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value.get<double>()));
}

std::string errors_figure(const json& recent) {
  return recent.at("per_second").get<double>() > 0 ? share_figure(recent.at("errors").get<double>()) : "–";
}

// ---- a table, whose columns are as wide as their widest cell

struct Cell {
  std::string text;
  bool right = false;
  std::string_view colour = {};  // of a terminal
};
using Line = std::vector<Cell>;

// Characters, each of which is taken to be one column wide: the bytes that are no continuation of another.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string table(const std::vector<Line>& lines, bool colours) {
  std::vector<std::size_t> widths;
  for (const Line& line : lines) {
    widths.resize(std::max(widths.size(), line.size()));
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i].text));
  }
  std::string out;
  for (const Line& line : lines) {
    std::string text = " ";
    for (std::size_t i = 0; i < line.size(); ++i) {
      const Cell& cell = line[i];
      const std::string padding(widths[i] - width_of(cell.text), ' ');
      const bool coloured = colours && !cell.colour.empty();
      const std::string inked = coloured ? fmt::format("\x1b[{}m{}\x1b[0m", cell.colour, cell.text) : cell.text;
      text += " " + (cell.right ? padding + inked : i + 1 == line.size() ? inked : inked + padding) + " ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

std::string_view colour_of(std::string_view state) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kColours{
      {{"healthy", "32"}, {"starting", "36"}, {"slow", "33"}, {"overloaded", "33"}, {"open", "31"}, {"failing", "31"}}};
  const auto found = std::ranges::find(kColours, state, &std::pair<std::string_view, std::string_view>::first);
  return found == kColours.end() ? "2" : found->second;
}

Line line_of(const json& instance) {
  const json& recent = instance.at("recent");
  const bool gone = instance.at("gone").get<bool>();
  const std::string state = gone ? "gone" : shown(instance.at("state").get_ref<const std::string&>());
  return {{.text = text_or(instance.at("address"), "–"), .colour = gone ? "2" : ""},
          {.text = state, .colour = colour_of(state)},
          {.text = share_figure(instance.at("share").get<double>()), .right = true},
          {.text = rate_figure(recent.at("per_second").get<double>()), .right = true},
          {.text = latency_figure(seconds_of(recent.at("p95"))), .right = true},
          {.text = errors_figure(recent), .right = true},
          {.text = text_or(instance.at("reason"), "", kMostReason)}};
}

std::string head_of(const json& overview) {
  const json& recent = overview.at("recent");
  const json& counts = overview.at("instance_counts");
  const double per_second = recent.at("per_second").get<double>();
  std::string text = fmt::format("rota {} · up {} · {} of {} instances in service · {} req/s", text_or(overview.at("version"), "–"),
                                 age_figure(seconds_of(overview.at("uptime"))), count_figure(counts.at("in_service").get<std::uint64_t>()),
                                 count_figure(counts.at("total").get<std::uint64_t>()), rate_figure(per_second));
  if (per_second > 0) {
    text += fmt::format(" · {} errors · p95 {}", errors_figure(recent), latency_figure(seconds_of(recent.at("p95"))));
  }
  if (overview.at("draining").get<bool>()) text += " · draining";
  if (!overview.at("ready").get<bool>()) text += " · starting";
  return text + "\n";
}

std::string whole(const StatusAnswers& answers, bool colours) {
  std::string text = head_of(answers.overview);
  for (const json& service : answers.services.at("services")) {
    const json& counts = service.at("instance_counts");
    std::string strategy = text_or(service.at("strategy"), "");
    std::ranges::replace(strategy, '_', ' ');
    text += fmt::format("\n{} · {} · {} of {} in service\n", text_or(service.at("name"), "–"), strategy,
                        count_figure(counts.at("in_service").get<std::uint64_t>()), count_figure(counts.at("total").get<std::uint64_t>()));
    std::vector<Line> lines{{{.text = "INSTANCE"},
                             {.text = "STATE"},
                             {.text = "SHARE", .right = true},
                             {.text = "REQ/S", .right = true},
                             {.text = "P95", .right = true},
                             {.text = "ERRORS", .right = true},
                             {.text = "REASON"}}};
    for (const json& instance : answers.instances.at("instances")) {
      if (instance.at("service") == service.at("name")) lines.push_back(line_of(instance));
    }
    text += lines.size() == 1 ? "  no source names an instance of it\n" : table(lines, colours);
  }
  return text;
}

}  // namespace

std::expected<std::string, std::string> status_text(const StatusAnswers& answers, bool colours) {
  try {
    return whole(answers, colours);
  } catch (const json::exception& error) {
    return std::unexpected(fmt::format("this is not what a rota answers: {}", shown(error.what())));
  }
}

}  // namespace rota
