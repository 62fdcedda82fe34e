#include "config/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <type_traits>

#include "config/environment.h"
#include "config/field.h"
#include "config/load.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

// A value for each kind of field that is nobody's default.
template <class Owner>
struct Sample {
  std::string operator()(const DurationField<Owner>& field) const { return field.min > 123ms ? "12s" : "123ms"; }
  std::string operator()(const SizeField<Owner>&) const { return "2KiB"; }
  std::string operator()(const WholeField<Owner>&) const { return "7"; }
  std::string operator()(const PercentField<Owner>&) const { return "7%"; }
  std::string operator()(const WorkersField<Owner>&) const { return "3"; }
  std::string operator()(const PortField<Owner>&) const { return "81"; }
  std::string operator()(const ChoiceField<Owner>& field) const { return std::string(field.names.back()); }
  std::string operator()(const PathField<Owner>&) const { return "/var/log/x"; }
  std::string operator()(const TargetField<Owner>&) const { return "/health?deep=1"; }
  std::string operator()(const HostField<Owner>&) const { return "a.example:81"; }
  std::string operator()(const SecretField<Owner>&) const { return "s3cret-word"; }
  std::string operator()(const AddressField<Owner>&) const { return "127.0.0.1:2"; }
  std::string operator()(const ListenField<Owner>&) const { return "127.0.0.1:1"; }
  std::string operator()(const NamesField<Owner>&) const { return "x-one"; }
  std::string operator()(const HostsField<Owner>&) const { return "a.example,[::1]"; }
  std::string operator()(const StatusField<Owner>&) const { return "204,300-302"; }
  std::string operator()(const SetField<Owner>& field) const { return std::string(field.names.front()); }
};

template <class Owner>
std::string sample_of(const Key<Owner>& key) {
  return std::visit(Sample<Owner>{}, key.field);
}

constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

// As a text it can be read from; of a secret that is not what it was read from.
template <class Owner>
std::string shown(const Key<Owner>& key, const std::string& value) {
  return std::holds_alternative<SecretField<Owner>>(key.field) ? "REDACTED" : value;
}

// "a.b: v" as a flow mapping: { a: { b: "v" } }
std::string nested(std::string_view path, std::string_view value) {
  const std::size_t dot = path.find('.');
  if (dot == std::string_view::npos) return "{ " + std::string(path) + ": \"" + std::string(value) + "\" }";
  return "{ " + std::string(path.substr(0, dot)) + ": " + nested(path.substr(dot + 1), value) + " }";
}

Config config_of(const std::string& text, const Environment& environment = {}) {
  auto loaded = parse_config(text, "f", environment);
  EXPECT_TRUE(loaded) << text << "\n" << (loaded ? "" : render(loaded.error()));
  return loaded ? loaded->config : Config{};
}

std::string without_braces(const std::string& flow) { return flow.substr(2, flow.size() - 4) + "\n"; }

TEST(Schema, WritesItsDefaultsAsTheyAre) {
  for (const auto& key : service_keys()) EXPECT_EQ(field_text(key.field, ServiceSettings{}), key.fallback) << key.path;
  const Config config = config_of(std::string(kServices));
  for (const auto& key : global_keys()) EXPECT_EQ(field_text(key.field, config), key.fallback) << key.path;
}

TEST(Schema, EveryGlobalKeyCanBeSetByFileAndByEnvironment) {
  for (const auto& key : global_keys()) {
    const std::string value = sample_of(key);
    ASSERT_NE(value, key.fallback);
    const std::string text = without_braces(nested(key.path, value)) + std::string(kServices);
    EXPECT_EQ(field_text(key.field, config_of(text)), shown(key, value)) << key.path;
    EXPECT_EQ(field_text(key.field, config_of(std::string(kServices), {{variable_name(key.path), value}})), shown(key, value)) << key.path;
  }
}

TEST(Schema, EveryServiceKeyCanBeSetByDefaultsByServiceAndByEnvironment) {
  for (const auto& key : service_keys()) {
    const std::string value = sample_of(key);
    ASSERT_NE(value, key.fallback);
    const Config by_defaults = config_of("defaults: " + nested(key.path, value) + "\n" + std::string(kServices));
    EXPECT_EQ(field_text(key.field, by_defaults.services[0].settings), value) << key.path;
    const std::string own = nested(key.path, value);
    const Config by_service = config_of("services: { app: { instances: [a:1], " + own.substr(2) + " }\n");
    EXPECT_EQ(field_text(key.field, by_service.services[0].settings), value) << key.path;
    const Config by_environment = config_of(std::string(kServices), {{variable_name(key.path), value}});
    EXPECT_EQ(field_text(key.field, by_environment.services[0].settings), value) << key.path;
  }
}

template <class Owner>
void expect_same_when_read_back(const Key<Owner>& key, const Owner& owner) {
  const std::string text = field_text(key.field, owner);
  if (text == "REDACTED" || (text.empty() && std::holds_alternative<NamesField<Owner>>(key.field))) return;
  Owner read = owner;
  ASSERT_TRUE(set_field(key.field, read, text)) << key.path << ": " << text;
  Owner before = owner;
  EXPECT_EQ(field_text(key.field, read), text) << key.path;
  if constexpr (std::is_same_v<Owner, Config>) {
    EXPECT_TRUE(field_equals(key.field, before, read)) << key.path;
  } else {
    EXPECT_EQ(before, read) << key.path;
  }
}

TEST(Schema, ReadsWhatItWrites) {
  Config config = config_of(std::string(kServices));
  for (const auto& key : global_keys()) {
    expect_same_when_read_back(key, config);
    Config changed = config;
    ASSERT_TRUE(set_field(key.field, changed, sample_of(key))) << key.path;
    EXPECT_FALSE(field_equals(key.field, config, changed)) << key.path;
    expect_same_when_read_back(key, changed);
  }
  for (const auto& key : service_keys()) {
    expect_same_when_read_back(key, ServiceSettings{});
    ServiceSettings changed;
    ASSERT_TRUE(set_field(key.field, changed, sample_of(key))) << key.path;
    EXPECT_NE(changed, ServiceSettings{}) << key.path;
    expect_same_when_read_back(key, changed);
  }
}

// Where `off` and nothing are values, they too.
TEST(Schema, ReadsOffAsItWritesIt) {
  for (const auto& key : service_keys()) {
    ServiceSettings settings;
    if (!set_field(key.field, settings, "off")) continue;
    EXPECT_EQ(field_text(key.field, settings), "off") << key.path;
    expect_same_when_read_back(key, settings);
  }
}

TEST(Schema, HasEachPathAndEachVariableOnce) {
  std::map<std::string, int> seen;
  for (const auto& key : global_keys()) ++seen[variable_name(key.path)];
  for (const auto& key : service_keys()) ++seen[variable_name(key.path)];
  for (const Switch& one : service_switches()) ++seen[variable_name(one.section)];
  for (const auto& [name, times] : seen) {
    EXPECT_EQ(times, 1) << name;
    EXPECT_FALSE(name.ends_with("_FILE")) << name;  // or it could not be told from the file of another
  }
  EXPECT_EQ(variable_name("limits.header_bytes"), "ROTA_LIMITS_HEADER_BYTES");
}

template <class Owner>
std::string error_of(std::span<const Key<Owner>> keys, std::string_view path, std::string_view value) {
  const auto key = std::ranges::find(keys, path, &Key<Owner>::path);
  Owner owner;
  const auto set = set_field(key->field, owner, value);
  if (set) return "no error";
  return set.error().hint.empty() ? set.error().message : set.error().message + " | " + set.error().hint;
}

TEST(Schema, ChecksRanges) {
  const auto error = [](std::string_view path, std::string_view value) { return error_of(global_keys(), path, value); };
  EXPECT_EQ(error("limits.header_bytes", "1023B"), "1023B is too little; 1KiB is the least");
  EXPECT_EQ(error("limits.header_bytes", "1KiB"), "no error");
  EXPECT_EQ(error("limits.header_bytes", "1MiB"), "no error");
  EXPECT_EQ(error("limits.header_bytes", "2MiB"), "2MiB is too much; 1MiB is the most");
  EXPECT_EQ(error("limits.headers", "0"), "0 is too little; 1 is the least");
  EXPECT_EQ(error("limits.headers", "129"), "129 is too much; 128 is the most");
  EXPECT_EQ(error("limits.headers", "ten"), "'ten' is not a whole number");
  EXPECT_EQ(error("limits.connections", "0"), "0 is too little; 1 is the least");
  EXPECT_EQ(error("workers", "0"), "'0' is not a number of threads; write auto, or 1 to 1024");
  EXPECT_EQ(error("workers", "1025"), "'1025' is not a number of threads; write auto, or 1 to 1024");
  EXPECT_EQ(error("workers", "auto"), "no error");
  EXPECT_EQ(error("workers", ""), "a value is expected");
  EXPECT_EQ(error("listen", ":80, :80"), "0.0.0.0:80 is listened on twice");
  EXPECT_EQ(error("listen", ":0,:0,unix:/a"), "no error");
}

TEST(Schema, ReadsOffOnlyWhereItMeansNoLimit) {
  const auto error = [](std::string_view path, std::string_view value) { return error_of(service_keys(), path, value); };
  EXPECT_EQ(error("timeouts.response", "off"), "no error");
  EXPECT_EQ(error("timeouts.body", "off"), "no error");
  EXPECT_EQ(error("timeouts.connect", "off"), "this cannot be off; write a duration, such as 1s");
  EXPECT_EQ(error("timeouts.connect", "0s"), "zero is no duration to wait; more is needed");
  EXPECT_EQ(error("timeouts.response", "0s"), "zero is no duration to wait; write off for no limit");
  EXPECT_EQ(error("timeouts.connect", "5"), "'5' needs a unit: 5ms, 5s or 5m");
  for (const char* path : {"limits.header_timeout", "limits.drain"}) EXPECT_NE(error_of(global_keys(), path, "off"), "no error") << path;
  EXPECT_EQ(error_of(global_keys(), "limits.idle", "off"), "no error");
}

TEST(Schema, NamesTheStrategiesItKnows) {
  EXPECT_EQ(error_of(service_keys(), "strategy", "roundrobin"),
            "unknown strategy 'roundrobin'; these are known: round_robin, random | did you mean 'round_robin'?");
  EXPECT_EQ(error_of(service_keys(), "strategy", "sticky"), "unknown strategy 'sticky'; these are known: round_robin, random");
}

TEST(Schema, ChecksServiceNames) {
  for (const char* name : {"a", "0", "my-app_2"}) EXPECT_TRUE(is_service_name(name)) << name;
  for (const char* name : {"", "-a", "_a", "A", "a.b", "a b", "caf\xc3\xa9"}) EXPECT_FALSE(is_service_name(name)) << name;
  EXPECT_TRUE(is_service_name(std::string(63, 'a')));
  EXPECT_FALSE(is_service_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace rota
