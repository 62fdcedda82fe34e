#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "config/did_you_mean.h"
#include "config/field.h"
#include "config/read_file.h"

namespace rota {
namespace {

constexpr std::string_view kPrefix = "ROTA_";
constexpr std::string_view kFileSuffix = "_FILE";
constexpr std::size_t kLargestValueFile = 64 * 1024;

// Read elsewhere: the file search, and the commands that talk to the admin API.
constexpr std::array<std::string_view, 2> kOtherVariables{"ROTA_CONFIG", "ROTA_ADMIN"};

// The value of a variable, or of the file that its twin names; nullopt if neither is set, or if that went wrong.
std::optional<std::string> value_of(std::string_view name, const Environment& environment, Report& errors) {
  const auto direct = environment.find(name);
  const std::string file_variable = fmt::format("{}{}", name, kFileSuffix);
  const auto file = environment.find(file_variable);
  if (file == environment.end()) return direct == environment.end() ? std::nullopt : std::optional(direct->second);
  if (direct != environment.end()) {
    errors.about(file_variable, fmt::format("{} is set as well; keep one of them", name));
    return std::nullopt;
  }
  auto text = read_file(file->second, kLargestValueFile + 1);
  if (!text) {
    errors.about(file_variable, fmt::format("'{}' cannot be read: {}", file->second, std::strerror(text.error())));
    return std::nullopt;
  }
  if (text->size() > kLargestValueFile) {
    errors.about(file_variable, fmt::format("'{}' is larger than {} KiB", file->second, kLargestValueFile / 1024));
    return std::nullopt;
  }
  if (text->ends_with('\n')) text->pop_back();
  return *std::move(text);
}

template <class Owner>
void apply_keys(std::span<const Key<Owner>> keys, const Environment& environment, Owner& owner, Report& errors) {
  for (const Key<Owner>& key : keys) {
    const std::string name = variable_name(key.path);
    const auto value = value_of(name, environment, errors);
    if (!value) continue;
    auto set = set_field(key.field, owner, *value);
    if (set) continue;
    errors.about(*variable_for(key.path, environment), std::move(set.error().message), std::move(set.error().hint));
  }
}

// Before the keys, so that those of the same section have the last word.
void apply_switches(const Environment& environment, ServiceSettings& settings, Report& errors) {
  for (const Switch& one : service_switches()) {
    const auto value = value_of(variable_name(one.section), environment, errors);
    if (!value) continue;
    if (*value == "off") {
      one.turn_off(settings);
    } else {
      errors.about(*variable_for(one.section, environment), fmt::format("'{}' cannot stand here; off can", *value),
                   fmt::format("its keys have variables of their own: {}_…", variable_name(one.section)));
    }
  }
}

std::vector<std::string> known_variables() {
  std::vector<std::string> names(kOtherVariables.begin(), kOtherVariables.end());
  const auto add = [&names](auto keys) {
    for (const auto& key : keys) names.push_back(variable_name(key.path));
  };
  add(global_keys());
  add(service_keys());
  for (const Switch& one : service_switches()) names.push_back(variable_name(one.section));
  return names;
}

void warn_of_unknown(const Environment& environment, Report& warnings) {
  const std::vector<std::string> known = known_variables();
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  for (auto entry = environment.lower_bound(kPrefix); entry != environment.end() && entry->first.starts_with(kPrefix); ++entry) {
    std::string_view name = entry->first;
    if (std::ranges::find(candidates, name) != candidates.end()) continue;
    if (name.ends_with(kFileSuffix)) name.remove_suffix(kFileSuffix.size());
    const bool is_twin = name != entry->first && name != "ROTA_CONFIG" && name != "ROTA_ADMIN";
    if (is_twin && std::ranges::find(candidates, name) != candidates.end()) continue;
    warnings.about(entry->first, "no key of rota's; it is not read", did_you_mean_hint(entry->first, candidates));
  }
}

}  // namespace

Environment environment_from(const char* const* entries) {
  Environment environment;
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    const std::string_view entry = *entries;
    const std::size_t equals = entry.find('=');
    if (equals != std::string_view::npos) environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

std::string variable_name(std::string_view path) {
  std::string name(kPrefix);
  for (const char c : path) name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

std::optional<std::string> variable_for(std::string_view path, const Environment& environment) {
  std::string name = variable_name(path);
  if (environment.contains(name)) return name;
  name += kFileSuffix;
  if (environment.contains(name)) return name;
  return std::nullopt;
}

void apply_environment(const Environment& environment, Config& config, Report& errors, Report& warnings) {
  apply_keys(global_keys(), environment, config, errors);
  apply_switches(environment, config.defaults, errors);
  apply_keys(service_keys(), environment, config.defaults, errors);
  warn_of_unknown(environment, warnings);
}

}  // namespace rota
