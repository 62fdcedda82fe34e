#include "config/interpolate.h"

#include <fmt/format.h>

#include <algorithm>

namespace rota {
namespace {

using Value = std::expected<std::string, InterpolationError>;

Value refuse(std::string_view reference, std::string message) {
  return std::unexpected(InterpolationError{.message = std::move(message), .reference = std::string(reference)});
}

bool is_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto may_stand = [is_letter](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, may_stand);
}

// `reference` is a whole ${...}.
Value value_of(std::string_view reference, const Environment& environment) {
  const std::string_view inside = reference.substr(2, reference.size() - 3);
  const std::size_t colon = inside.find(':');
  const std::string_view name = inside.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : inside.substr(colon);
  const bool has_default = rest.starts_with(":-");
  const bool is_required = rest.starts_with(":?");
  if (!is_name(name) || (!rest.empty() && !has_default && !is_required)) {
    return refuse(reference, fmt::format("'{}' is not understood; write ${{NAME}}, ${{NAME:-default}} or ${{NAME:?message}}", reference));
  }
  if (rest.contains("${")) return refuse(reference, fmt::format("'{}}}' nests; a default is a plain text", reference));
  const auto found = environment.find(name);
  const bool is_set = found != environment.end();
  if (is_set && (rest.empty() || !found->second.empty())) return found->second;
  if (has_default) return std::string(rest.substr(2));
  const std::string_view message = is_required ? rest.substr(2) : "";
  if (!message.empty()) return refuse(reference, fmt::format("{}: {}", name, message));
  return refuse(reference, fmt::format("the environment variable {} is {}", name, is_set ? "empty" : "not set"));
}

}  // namespace

Value interpolate(std::string_view text, const Environment& environment) {
  std::string out;
  while (true) {
    const std::size_t dollar = text.find('$');
    out += text.substr(0, dollar);
    if (out.size() > kLongestValue) return refuse("${", fmt::format("this becomes longer than {} KiB", kLongestValue / 1024));
    if (dollar == std::string_view::npos) return out;
    text.remove_prefix(dollar);
    if (text.starts_with("$$")) {
      out += '$';
      text.remove_prefix(2);
      continue;
    }
    if (!text.starts_with("${")) return refuse(text.substr(0, 2), "a lone '$'; write $$ for a dollar sign, or ${NAME} for a variable");
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return refuse("${", "'${' without its '}'");
    const auto value = value_of(text.substr(0, close + 1), environment);
    if (!value) return value;
    out += *value;
    text.remove_prefix(close + 1);
  }
}

void interpolate_tree(YamlNode& node, const Environment& environment, Report& report) {
  for (YamlNode& item : node.items) interpolate_tree(item, environment, report);
  for (YamlEntry& entry : node.entries) interpolate_tree(entry.value, environment, report);
  if (node.kind != YamlNode::Kind::scalar || !node.text.contains('$')) return;
  auto value = interpolate(node.text, environment);
  if (value) {
    node.text = *std::move(value);
    return;
  }
  if (!report.is_full()) {
    const Position position = report.find_in_line(node.position, value.error().reference).value_or(node.position);
    report.at(position, std::move(value.error().message));
  }
  node.kind = YamlNode::Kind::refused;
}

}  // namespace rota
