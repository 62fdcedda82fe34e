#include "config/entries.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "config/did_you_mean.h"
#include "config/request_text.h"
#include "http/text.h"

namespace rota {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) out += http::to_lower(c);
  return out;
}

Checked add_text(std::vector<std::string>& texts, std::string text, std::size_t most, std::string_view what) {
  if (std::ranges::find(texts, text) != texts.end()) return {};
  if (texts.size() == most) return refuse(fmt::format("'{}' is one too many; {} {} are the most", text, most, what));
  texts.push_back(std::move(text));
  return {};
}

std::optional<std::uint16_t> parse_status(std::string_view text) {
  const auto number = parse_whole(text, 999);
  if (!number || text.size() != 3) return std::nullopt;
  return static_cast<std::uint16_t>(*number);
}

}  // namespace

Checked add_listen(std::vector<Address>& listen, std::string_view text) {
  auto address = Address::to_listen(text);
  if (!address) return refuse(std::move(address.error()));
  const bool any_free_port = address->port == 0 && address->family != Address::Family::unix_path;
  if (!any_free_port && std::ranges::find(listen, *address) != listen.end()) {
    return refuse(fmt::format("{} is listened on twice", address->text()));
  }
  listen.push_back(*std::move(address));
  return {};
}

Checked add_name(std::vector<std::string>& names, std::string_view text, std::size_t most) {
  if (!http::is_token(text)) return refuse(fmt::format("'{}' is not a header's name", text));
  return add_text(names, lower(text), most, "names");
}

Checked add_host(std::vector<std::string>& hosts, std::string_view text, std::size_t most) {
  if (text.contains("://")) return refuse(fmt::format("'{}' is a URL; write only its host", text));
  if (!is_host(text)) return refuse(fmt::format("'{}' is no host; a name or an address is: rota.example.com", text));
  if (!is_host_without_port(text)) return refuse(fmt::format("'{}' has a port; write only its host", text), "any port will do");
  std::string host = lower(text);
  if (host.ends_with('.')) host.pop_back();
  return add_text(hosts, std::move(host), most, "hosts");
}

// Answers below 200 announce another one, so no probe ends with them.
Checked add_status(std::vector<StatusRange>& ranges, std::string_view text, std::size_t most) {
  constexpr std::uint16_t kLeast = 200;
  constexpr std::uint16_t kMost = 599;
  const std::size_t dash = text.find('-');
  const auto first = parse_status(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_status(text.substr(dash + 1));
  if (!first || !last) return refuse(fmt::format("'{}' is not a status; write it like 200, or 200-399", text));
  if (*first > *last) return refuse(fmt::format("'{}' ends before it begins; {}-{} is meant?", text, *last, *first));
  if (*first < kLeast || *last > kMost)
    return refuse(fmt::format("'{}' is not what an answer ends with; {} to {} are", text, kLeast, kMost));
  const StatusRange range{.first = *first, .last = *last};
  if (std::ranges::find(ranges, range) != ranges.end()) return {};
  if (ranges.size() == most) return refuse(fmt::format("'{}' is one too many; {} are the most", text, most));
  ranges.push_back(range);
  return {};
}

Checked add_bit(std::uint8_t& set, std::string_view text, std::string_view what, std::span<const std::string_view> names) {
  const auto named = std::ranges::find(names, text);
  if (named == names.end()) {
    return refuse(fmt::format("unknown {} '{}'; these are known: {}", what, text, fmt::join(names, ", ")), did_you_mean_hint(text, names));
  }
  set = static_cast<std::uint8_t>(set | (1u << (named - names.begin())));
  return {};
}

}  // namespace rota
