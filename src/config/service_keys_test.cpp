// What each key of a service takes and refuses, as the person who wrote it sees it.
#include <gtest/gtest.h>

#include <algorithm>

#include "config/field.h"
#include "config/load.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

struct Case {
  std::string_view path;
  std::string_view written;
  std::string_view expected;  // as it is written back, or the message
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.path << ": " << one.written; }

const Key<ServiceSettings>& key_of(std::string_view path) {
  const auto key = std::ranges::find(service_keys(), path, &Key<ServiceSettings>::path);
  EXPECT_NE(key, service_keys().end()) << path;
  return *key;
}

class Taken : public testing::TestWithParam<Case> {};
class Refused : public testing::TestWithParam<Case> {};

TEST_P(Taken, ByItsKey) {
  const Key<ServiceSettings>& key = key_of(GetParam().path);
  ServiceSettings settings;
  const Checked set = set_field(key.field, settings, GetParam().written);
  ASSERT_TRUE(set) << set.error().message;
  EXPECT_EQ(field_text(key.field, settings), GetParam().expected);
}

TEST_P(Refused, ByItsKeyWhichKeepsItsValue) {
  const Key<ServiceSettings>& key = key_of(GetParam().path);
  ServiceSettings settings;
  const Checked set = set_field(key.field, settings, GetParam().written);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().message + (set.error().hint.empty() ? "" : " | " + set.error().hint), GetParam().expected);
  EXPECT_EQ(settings, ServiceSettings{});
}

INSTANTIATE_TEST_SUITE_P(Health, Taken,
                         testing::Values(Case{"health.path", "/", "/"}, Case{"health.path", "/a/b?c=d&e", "/a/b?c=d&e"},
                                         Case{"health.path", "/caf%C3%A9", "/caf%C3%A9"}, Case{"health.path", "", ""},
                                         Case{"health.host", "App.internal:81", "App.internal:81"}, Case{"health.host", "[::1]", "[::1]"},
                                         Case{"health.host", "", ""}, Case{"health.port", "1", "1"}, Case{"health.port", "65535", "65535"},
                                         Case{"health.port", "", ""}, Case{"health.interval", "10ms", "10ms"},
                                         Case{"health.interval", "off", "off"}, Case{"health.timeout", "500ms", "500ms"},
                                         Case{"health.fall", "1", "1"}, Case{"health.rise", "100", "100"},
                                         Case{"health.expect", "200", "200"}, Case{"health.expect", "200-299, 301", "200-299,301"},
                                         Case{"health.expect", "204,204-204,204", "204"}, Case{"health.expect", "200-599", "200-599"},
                                         Case{"health.cpu", "1%", "1%"}, Case{"health.cpu", "off", "off"},
                                         Case{"health.memory", "100%", "100%"}, Case{"health.latency", "100ms", "100ms"},
                                         Case{"health.latency", "off", "off"}));

INSTANTIATE_TEST_SUITE_P(
    Others, Taken,
    testing::Values(Case{"breaker.failures", "1000", "1000"}, Case{"breaker.failures", "off", "off"}, Case{"breaker.ratio", "100%", "100%"},
                    Case{"breaker.ratio", "off", "off"}, Case{"breaker.of", "100000", "100000"}, Case{"breaker.window", "1s", "1s"},
                    Case{"breaker.window", "10m", "10m"}, Case{"breaker.open", "100ms", "100ms"}, Case{"breaker.max_open", "24h", "24h"},
                    Case{"retry.attempts", "1", "1"}, Case{"retry.budget", "0%", "0%"}, Case{"retry.budget", "100%", "100%"},
                    Case{"retry.body", "0B", "0B"}, Case{"retry.body", "1MiB", "1MiB"}, Case{"retry.on", "503, connect", "connect,503"},
                    Case{"retry.on", "connect,connect", "connect"}, Case{"retry.on", "off", "off"}, Case{"retry.on", "", "off"},
                    Case{"slow_start", "off", "off"}, Case{"slow_start", "1m", "1m"}, Case{"max_requests.limit", "1", "1"},
                    Case{"max_requests.limit", "off", "off"}, Case{"max_requests.queue", "0", "0"},
                    Case{"max_requests.wait", "1ms", "1ms"}));

INSTANTIATE_TEST_SUITE_P(
    Health, Refused,
    testing::Values(
        Case{"health.path", "health", "'health' is no path; it begins with '/'"},
        Case{"health.path", "http://a/health",
             "'http://a/health' is no path; it begins with '/' | write only the URL's path, such as /health"},
        Case{"health.path", "/a#b", "'/a#b' is no path; '#' and what follows are never sent"},
        Case{"health.path", "/a b", "'/a b' is no path that a request can have | what is not plain in a path is written as %20"},
        Case{"health.path", "/a\r\nHost: b",
             "'/a\r\nHost: b' is no path that a request can have | what is not plain in a path is written as %20"},
        Case{"health.path", "/../a", "'/../a' is no path that a request can have | what is not plain in a path is written as %20"},
        Case{"health.host", "a b", "'a b' is no host; a name or an address is, with a port where it has one: app.internal"},
        Case{"health.host", "a\r\nX: b", "'a\r\nX: b' is no host; a name or an address is, with a port where it has one: app.internal"},
        Case{"health.host", "a:0", "'a:0' is no host; a name or an address is, with a port where it has one: app.internal"},
        Case{"health.host", "http://a", "'http://a' is a URL; write only its host"},
        Case{"health.port", "0", "'0' is not a port; 1 to 65535 are"},
        Case{"health.port", "65536", "'65536' is not a port; 1 to 65535 are"},
        Case{"health.port", "080", "'080' is not a port; 1 to 65535 are"},
        Case{"health.port", "http", "'http' is not a port; 1 to 65535 are"},
        Case{"health.interval", "5", "'5' needs a unit: 5ms, 5s or 5m"},
        Case{"health.interval", "0s", "zero is no duration to wait; write off for no limit"},
        Case{"health.interval", "9ms", "9ms is too little; 10ms is the least, or off"},
        Case{"health.interval", "25h", "25h is too much; 24h is the most, or off"},
        Case{"health.timeout", "off", "this cannot be off; write a duration, such as 1s"},
        Case{"health.timeout", "1us", "1us is too little; 1ms is the least"}, Case{"health.fall", "0", "0 is too little; 1 is the least"},
        Case{"health.fall", "101", "101 is too much; 100 is the most"}, Case{"health.rise", "off", "'off' is not a whole number"},
        Case{"health.expect", "", "a value is expected"},
        Case{"health.expect", "2xx", "'2xx' is not a status; write it like 200, or 200-399"},
        Case{"health.expect", "200,,301", "'' is not a status; write it like 200, or 200-399"},
        Case{"health.expect", "200 - 299", "'200 - 299' is not a status; write it like 200, or 200-399"},
        Case{"health.expect", "200-299-301", "'200-299-301' is not a status; write it like 200, or 200-399"},
        Case{"health.expect", "0200", "'0200' is not a status; write it like 200, or 200-399"},
        Case{"health.expect", "399-200", "'399-200' ends before it begins; 200-399 is meant?"},
        Case{"health.expect", "100-399", "'100-399' is not what an answer ends with; 200 to 599 are"},
        Case{"health.expect", "200-600", "'200-600' is not what an answer ends with; 200 to 599 are"},
        Case{"health.expect", "200,201,202,203,204,205,206,207,208,209,210,211,212,213,214,215,216",
             "'216' is one too many; 16 are the most"},
        Case{"health.cpu", "80", "'80' needs its sign; 80% is meant?"},
        Case{"health.cpu", "0%", "0% is too little; 1% is the least, or off"},
        Case{"health.memory", "101%", "101% is too much; 100% is the most, or off"},
        Case{"health.memory", "0.8", "'0.8' is not a percentage; write it like 80%"},
        Case{"health.latency", "100", "'100' needs a unit: 100ms, 100s or 100m"}));

INSTANTIATE_TEST_SUITE_P(
    Others, Refused,
    testing::Values(Case{"breaker.failures", "0", "0 is too little; 1 is the least, or off"},
                    Case{"breaker.failures", "1001", "1001 is too much; 1000 is the most, or off"},
                    Case{"breaker.ratio", "0%", "0% is too little; 1% is the least, or off"},
                    Case{"breaker.ratio", "50", "'50' needs its sign; 50% is meant?"},
                    Case{"breaker.of", "0", "0 is too little; 1 is the least"},
                    Case{"breaker.of", "100001", "100001 is too much; 100000 is the most"},
                    Case{"breaker.window", "999ms", "999ms is too little; 1s is the least"},
                    Case{"breaker.window", "11m", "11m is too much; 10m is the most"},
                    Case{"breaker.open", "off", "this cannot be off; write a duration, such as 1s"},
                    Case{"breaker.max_open", "25h", "25h is too much; 24h is the most"},
                    Case{"retry.attempts", "0", "0 is too little; 1 is the least"},
                    Case{"retry.attempts", "11", "11 is too much; 10 is the most"},
                    Case{"retry.budget", "off", "'off' is not a percentage; write it like 80%"},
                    Case{"retry.budget", "101%", "101% is too much; 100% is the most"},
                    Case{"retry.body", "2MiB", "2MiB is too much; 1MiB is the most"},
                    Case{"retry.body", "64", "'64' needs a unit: 64B, 64KiB or 64MiB"},
                    Case{"retry.on", "conect",
                         "unknown reason 'conect'; these are known: connect, reset, timeout, 502, 503, 504 | did you mean 'connect'?"},
                    Case{"retry.on", "connect,500",
                         "unknown reason '500'; these are known: connect, reset, timeout, 502, 503, 504 | did you mean '502'?"},
                    Case{"slow_start", "10", "'10' needs a unit: 10ms, 10s or 10m"},
                    Case{"max_requests.limit", "0", "0 is too little; 1 is the least, or off"},
                    Case{"max_requests.queue", "off", "'off' is not a whole number"},
                    Case{"max_requests.wait", "0s", "zero is no duration to wait; more is needed"}));

constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

ServiceSettings settings_of(const std::string& text, const Environment& environment = {}) {
  const auto loaded = parse_config(text + std::string(kServices), "f", environment);
  EXPECT_TRUE(loaded) << (loaded ? "" : render(loaded.error()));
  return loaded ? loaded->config.services[0].settings : ServiceSettings{};
}

std::string errors_of(const std::string& text, const Environment& environment = {}) {
  const auto loaded = parse_config(text + std::string(kServices), "f", environment);
  return loaded ? "" : render(loaded.error());
}

// A field's member, not only its text: no two keys share one by mistake.
TEST(ServiceKeys, SetWhatTheyAreCalled) {
  const ServiceSettings settings = settings_of(R"(
defaults:
  health: { path: /h, host: h.example, port: 81, interval: 11ms, timeout: 12ms, fall: 13, rise: 14, expect: [200-299, 301],
            cpu: 15%, memory: 16%, latency: 17ms }
  breaker: { failures: 21, ratio: 22%, of: 23, window: 24s, open: 25s, max_open: 26s }
  retry: { attempts: 3, budget: 32%, body: 33B, on: [reset, 504] }
  slow_start: 41s
  max_requests: { limit: 51, queue: 52, wait: 53s }
)");
  const HealthSettings health{.path = "/h",
                              .host = "h.example",
                              .port = 81,
                              .interval = 11ms,
                              .timeout = 12ms,
                              .fall = 13,
                              .rise = 14,
                              .expect = {{200, 299}, {301, 301}},
                              .cpu = 15,
                              .memory = 16,
                              .latency = 17ms};
  EXPECT_EQ(settings.health, health);
  EXPECT_EQ(settings.breaker, (BreakerSettings{.failures = 21, .ratio = 22, .of = 23, .window = 24s, .open = 25s, .max_open = 26s}));
  EXPECT_EQ(settings.retry.attempts, 3u);
  EXPECT_EQ(settings.retry.budget, 32u);
  EXPECT_EQ(settings.retry.body, 33u);
  for (const RetryOn reason : {RetryOn::connect, RetryOn::timeout, RetryOn::status_502, RetryOn::status_503}) {
    EXPECT_FALSE(settings.retry.is_on(reason));
  }
  EXPECT_TRUE(settings.retry.is_on(RetryOn::reset));
  EXPECT_TRUE(settings.retry.is_on(RetryOn::status_504));
  EXPECT_EQ(settings.slow_start, 41s);
  EXPECT_EQ(settings.max_requests, (MaxRequests{.limit = 51, .queue = 52, .wait = 53s}));
}

TEST(ServiceKeys, PointAtWhatIsWrongInAList) {
  EXPECT_EQ(errors_of("defaults: { retry: { on: [conect, reset, 500] } }\n"),
            "f:1:27: unknown reason 'conect'; these are known: connect, reset, timeout, 502, 503, 504\n"
            "defaults: { retry: { on: [conect, reset, 500] } }\n                          ^\ndid you mean 'connect'?\n"
            "f:1:42: unknown reason '500'; these are known: connect, reset, timeout, 502, 503, 504\n"
            "defaults: { retry: { on: [conect, reset, 500] } }\n                                         ^\ndid you mean '502'?\n");
  EXPECT_EQ(errors_of("defaults: { health: { expect: [200, [301]] } }\n"),
            "f:1:37: 'defaults.health.expect' must be a single value, not a list\n"
            "defaults: { health: { expect: [200, [301]] } }\n                                    ^\n");
  EXPECT_EQ(errors_of("defaults: { health: { expect: [] } }\n"),
            "f:1:31: 'defaults.health.expect' is empty; write it like [200-399]\n"
            "defaults: { health: { expect: [] } }\n                              ^\n");
  EXPECT_EQ(settings_of("defaults: { retry: { on: [] } }\n").retry.on, 0);
}

TEST(ServiceKeys, NameTheVariableThatIsWrong) {
  EXPECT_EQ(errors_of("", {{"ROTA_HEALTH_CPU", "80"}, {"ROTA_RETRY_ON", "conect"}, {"ROTA_MAX_REQUESTS_LIMIT", "0"}}),
            "ROTA_HEALTH_CPU: '80' needs its sign; 80% is meant?\n"
            "ROTA_RETRY_ON: unknown reason 'conect'; these are known: connect, reset, timeout, 502, 503, 504\ndid you mean 'connect'?\n"
            "ROTA_MAX_REQUESTS_LIMIT: 0 is too little; 1 is the least, or off\n");
}

// An orchestrator passes on what it has, and what it has may be nothing.
TEST(ServiceKeys, TakeAnEmptyVariableForWhatTheyAreWithoutIt) {
  const ServiceSettings settings = settings_of("", {{"ROTA_HEALTH_PATH", ""}, {"ROTA_HEALTH_HOST", ""}, {"ROTA_HEALTH_PORT", ""}});
  EXPECT_EQ(settings, ServiceSettings{});
}

TEST(Switches, TurnASectionOffByOneWord) {
  const std::string off = "defaults: { breaker: off, retry: off, max_requests: off }\n";
  const Environment by_variables{{"ROTA_BREAKER", "off"}, {"ROTA_RETRY", "off"}, {"ROTA_MAX_REQUESTS", "off"}};
  for (const ServiceSettings& settings : {settings_of(off), settings_of("", by_variables)}) {
    EXPECT_EQ(settings.breaker, (BreakerSettings{.failures = 0, .ratio = 0}));
    EXPECT_EQ(settings.retry, (RetrySettings{.attempts = 1, .on = 0}));
    EXPECT_EQ(settings.max_requests.limit, 0u);
  }
}

// Over defaults that are on, and under a variable of one of its keys.
TEST(Switches, AreALayerLikeAnyKey) {
  const auto loaded = parse_config(
      "defaults: { breaker: { of: 7 }, retry: off }\nservices: { app: { breaker: off, retry: { attempts: 3 }, instances: [a:1] } }\n", "f",
      {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.services[0].settings.breaker, (BreakerSettings{.failures = 0, .ratio = 0, .of = 7}));
  EXPECT_EQ(loaded->config.services[0].settings.retry, (RetrySettings{.attempts = 3, .on = 0}));
  const Environment environment{{"ROTA_BREAKER", "off"}, {"ROTA_BREAKER_RATIO", "30%"}};
  EXPECT_EQ(settings_of("", environment).breaker, (BreakerSettings{.failures = 0, .ratio = 30}));
}

TEST(Switches, TakeNoOtherWord) {
  EXPECT_EQ(errors_of("defaults: { max_requests: 100 }\n"),
            "f:1:27: 'defaults.max_requests' must be off or a mapping (key: value), not '100'\ndefaults: { max_requests: 100 }\n"
            "                          ^\nwrite it like { limit: 100, queue: 100, wait: 1s }\n");
  EXPECT_EQ(errors_of("defaults: { breaker: on }\n").substr(0, 75),
            "f:1:22: 'defaults.breaker' must be off or a mapping (key: value), not 'on'\n");
  EXPECT_EQ(errors_of("defaults: { retry: [off] }\n"),
            "f:1:20: 'defaults.retry' must be a mapping (key: value), not a list\ndefaults: { retry: [off] }\n                   ^\n");
  EXPECT_EQ(errors_of("defaults: { health: off }\n"),
            "f:1:21: 'defaults.health' must be a mapping (key: value), not a single value\ndefaults: { health: off }\n"
            "                    ^\n");
  EXPECT_EQ(errors_of("", {{"ROTA_RETRY", "3"}, {"ROTA_BREAKER", ""}}),
            "ROTA_BREAKER: '' cannot stand here; off can\nits keys have variables of their own: ROTA_BREAKER_…\n"
            "ROTA_RETRY: '3' cannot stand here; off can\nits keys have variables of their own: ROTA_RETRY_…\n");
}

}  // namespace
}  // namespace rota
