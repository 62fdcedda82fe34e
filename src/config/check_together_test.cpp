#include "config/check_together.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace rota {
namespace {

constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

struct Found {
  std::string errors;
  std::string warnings;
};

Found found_in(const std::string& text, const Environment& environment = {}, const Flags& flags = {}) {
  const auto loaded = parse_config(text, "f", environment, flags);
  return loaded ? Found{.errors = "", .warnings = render(loaded->warnings)} : Found{.errors = render(loaded.error()), .warnings = ""};
}

// With a service that has nothing of its own.
Found found_above(const std::string& text, const Environment& environment = {}, const Flags& flags = {}) {
  return found_in(text + std::string(kServices), environment, flags);
}

Flags with_admin(const char* address) {
  Flags flags;
  flags.admin = address;
  return flags;
}

TEST(CheckTogether, AnAdminListenerForOthersNeedsAToken) {
  const std::string wanted = "0.0.0.0:8090 may be reached from other machines, and there is no admin.token\n";
  const std::string hint = "set admin.token (or ROTA_ADMIN_TOKEN), or listen on 127.0.0.1:8090\n";
  EXPECT_EQ(found_above("admin: { listen: 0.0.0.0:8090 }\n").errors,
            "f:1:18: " + wanted + "admin: { listen: 0.0.0.0:8090 }\n                 ^\n" + hint);
  EXPECT_EQ(found_above("", {{"ROTA_ADMIN_LISTEN", ":8090"}}).errors, "ROTA_ADMIN_LISTEN: " + wanted + hint);
  EXPECT_EQ(found_above("", {}, with_admin(":8090")).errors, "--admin: " + wanted + hint);
  // The layer that had the last word is named, not one below it.
  EXPECT_EQ(found_above("admin: { listen: 127.0.0.1:1 }\n", {{"ROTA_ADMIN_LISTEN", "[::1]:1"}}, with_admin(":8090")).errors,
            "--admin: " + wanted + hint);
  const Flags proxy{.file = {}, .listen = {}, .to = {"a:1"}, .strategy = {}, .admin = ":8090"};
  const auto loaded = load_config(proxy, {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(render(loaded.error()), "--admin: " + wanted + hint);
}

TEST(CheckTogether, WhatIsLocalNeedsNoToken) {
  for (const char* address : {"127.0.0.1:1", "127.255.0.9:1", "'[::1]:1'", "unix:/run/rota-admin.sock", "off"}) {
    EXPECT_EQ(found_above(std::string("admin: { listen: ") + address + " }\n").errors, "") << address;
  }
  for (const char* address :
       {"0.0.0.0:1", "10.0.0.1:1", "128.0.0.1:1", "'[::]:1'", "'[::2]:1'", "'[::ffff:127.0.0.1]:1'", "localhost:1", "127.a:1"}) {
    const std::string listen = std::string("admin: { listen: ") + address;
    EXPECT_NE(found_above(listen + " }\n").errors.find("there is no admin.token"), std::string::npos) << address;
    EXPECT_EQ(found_above(listen + ", token: long-enough }\n").errors, "") << address;
    EXPECT_EQ(found_above(listen + " }\n", {{"ROTA_ADMIN_TOKEN", "long-enough"}}).errors, "") << address;
  }
}

TEST(CheckTogether, ClientsAndTheAdminHaveAddressesOfTheirOwn) {
  EXPECT_EQ(found_above("listen: [':80', '127.0.0.1:81']\nadmin: { listen: 127.0.0.1:81 }\n").errors,
            "f:2:18: 127.0.0.1:81 is listened on twice: for clients, and for the admin API\nadmin: { listen: 127.0.0.1:81 }\n"
            "                 ^\n");
  EXPECT_EQ(found_above("listen: 127.0.0.1:0\nadmin: { listen: 127.0.0.1:0 }\n").errors, "");
  EXPECT_EQ(found_above("listen: 127.0.0.1:8090\n").errors, "f: 127.0.0.1:8090 is listened on twice: for clients, and for the admin API\n");
}

TEST(CheckTogether, ABreakerStaysOpenForAtMostAsLongAsItMay) {
  const std::string wanted = "breaker.max_open (1m) is below breaker.open (2m)\n";
  const std::string hint = "breaker.max_open may be 2m or more\n";
  EXPECT_EQ(found_above("defaults: { breaker: { open: 2m } }\n").errors,
            "f:1:30: " + wanted + "defaults: { breaker: { open: 2m } }\n                             ^\n" + hint);
  EXPECT_EQ(found_above("defaults: { breaker: { open: 2m, max_open: 1m } }\n").errors,
            "f:1:44: " + wanted + "defaults: { breaker: { open: 2m, max_open: 1m } }\n" + std::string(43, ' ') + "^\n" + hint);
  EXPECT_EQ(found_above("", {{"ROTA_BREAKER_OPEN", "2m"}}).errors, "ROTA_BREAKER_OPEN: " + wanted + hint);
  // The service that says it is pointed at, though the other half is a default.
  EXPECT_EQ(found_in("defaults: { breaker: { max_open: 1m } }\nservices: { app: { breaker: { open: 2m }, instances: [a:1] } }\n").errors,
            "f:2:37: " + wanted + "services: { app: { breaker: { open: 2m }, instances: [a:1] } }\n" + std::string(36, ' ') + "^\n" + hint);
  EXPECT_EQ(found_above("defaults: { breaker: { open: 2m, max_open: 2m } }\n").errors, "");
}

// One mistake is said once, however many services have it; and defaults that no service follows are nobody's.
TEST(CheckTogether, DefaultsAreWhatServicesMakeOfThem) {
  const std::string defaults = "defaults: { breaker: { open: 2m } }\n";
  const std::string found = found_in(defaults + "services: { a: { instances: [a:1] }, b: { instances: [b:1] } }\n").errors;
  EXPECT_EQ(found.find("max_open"), found.rfind("breaker.max_open (1m)") + 8);
  EXPECT_EQ(found_in(defaults + "services: { a: { breaker: { max_open: 3m }, instances: [a:1] } }\n").errors, "");
}

TEST(CheckTogether, AProbeThatWaitsPastTheNextIsAWarning) {
  const std::string wanted = "health.timeout (2s) is above health.interval (1s); a probe may still be waiting when the next is due\n";
  EXPECT_EQ(found_above("defaults: { health: { timeout: 2s, interval: 1s } }\n").warnings,
            "f:1:32: " + wanted + "defaults: { health: { timeout: 2s, interval: 1s } }\n" + std::string(31, ' ') + "^\n");
  EXPECT_EQ(found_above("", {{"ROTA_HEALTH_TIMEOUT", "2s"}, {"ROTA_HEALTH_INTERVAL", "1s"}}).warnings, "ROTA_HEALTH_TIMEOUT: " + wanted);
  EXPECT_EQ(found_above("defaults: { health: { timeout: 2s, interval: off } }\n").warnings, "");
  EXPECT_EQ(found_above("defaults: { health: { timeout: 1s, interval: 1s } }\n").warnings, "");
}

TEST(CheckTogether, AQueueWithoutALimitIsAWarning) {
  EXPECT_EQ(found_in("services: { app: { max_requests: { queue: 5 }, instances: [a:1] } }\n").warnings,
            "f:1:43: without max_requests.limit nothing waits; this changes nothing\n"
            "services: { app: { max_requests: { queue: 5 }, instances: [a:1] } }\n" +
                std::string(42, ' ') + "^\n");
  EXPECT_EQ(found_in("services: { app: { max_requests: { queue: 5, limit: 5 }, instances: [a:1] } }\n").warnings, "");
  EXPECT_EQ(found_above("defaults: { max_requests: { queue: 5 } }\n").warnings, "");
}

// What could not be read has no value to hold against another.
TEST(CheckTogether, IsLeftAloneWhereAValueIsWrong) {
  const std::string found = found_above("admin: { listen: 0.0.0.0:8090 }\n", {{"ROTA_ADMIN_TOKEN", "short"}}).errors;
  EXPECT_EQ(found, "ROTA_ADMIN_TOKEN: this must be 8 to 1024 visible ASCII characters, without spaces\n");
}

}  // namespace
}  // namespace rota
