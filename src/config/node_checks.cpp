#include "config/node_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/did_you_mean.h"
#include "config/schema.h"

namespace rota {

using Kind = YamlNode::Kind;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return "a single value";
    case Kind::sequence:
      return "a list";
    case Kind::mapping:
      return "a mapping";
    case Kind::refused:
      break;
  }
  return "";
}

bool is_section(const YamlNode& node, std::string_view where, Report& report) {
  if (node.kind == Kind::mapping) return true;
  if (node.kind == Kind::scalar || node.kind == Kind::sequence) {
    report.at(node.position, fmt::format("'{}' must be a mapping (key: value), not {}", where, name_of(node.kind)));
  }
  return false;
}

bool is_value(const YamlNode& node, std::string_view where, Report& report) {
  if (node.kind == Kind::scalar) return true;
  if (node.kind == Kind::null) report.at(node.position, fmt::format("'{}' has no value", where));
  if (node.kind == Kind::sequence || node.kind == Kind::mapping) {
    report.at(node.position, fmt::format("'{}' must be a single value, not {}", where, name_of(node.kind)));
  }
  return false;
}

void report_value(const YamlNode& node, Checked result, Report& report) {
  if (!result) report.at(node.position, std::move(result.error().message), std::move(result.error().hint));
}

std::string joined(std::string_view where, std::string_view key) {
  return where.empty() ? std::string(key) : fmt::format("{}.{}", where, key);
}

void report_unknown(const YamlEntry& entry, std::string_view where, std::span<const std::string_view> known, Report& report) {
  std::string hint = did_you_mean_hint(entry.key, known);
  if (hint.empty() && where.empty()) {  // a service's key at the top of the file
    const auto is_meant = [&](const auto& key) { return key.path.substr(0, key.path.find('.')) == entry.key; };
    if (std::ranges::any_of(service_keys(), is_meant)) {
      hint = fmt::format("it belongs in 'defaults' or in a service: defaults.{}", entry.key);
    }
  }
  if (hint.empty() && entry.key.contains('.')) hint = "a key with dots is written as nested keys";
  const std::string inside = where.empty() ? "" : fmt::format(" in '{}'", where);
  report.at(entry.position, fmt::format("unknown key '{}'{}", entry.key, inside), std::move(hint));
}

}  // namespace rota
