#include "config/needs_restart.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace rota {
namespace {

constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

Config config_of(const std::string& text) {
  auto loaded = parse_config(text, "f", {});
  EXPECT_TRUE(loaded) << (loaded ? "" : render(loaded.error()));
  return loaded ? std::move(loaded->config) : Config{};
}

std::vector<std::string> changed_by(const std::string& text) {
  return needs_restart(config_of(std::string(kServices)), config_of(text + std::string(kServices)));
}

using Paths = std::vector<std::string>;

TEST(NeedsRestart, NothingForWhatIsTheSame) {
  EXPECT_EQ(changed_by(""), Paths{});
  EXPECT_EQ(changed_by("listen: :8080\nworkers: auto\nadmin: { listen: 127.0.0.1:8090 }\nlimits: { idle: 1m15s }\n"), Paths{});
}

TEST(NeedsRestart, NamesWhatIsReadAtTheStart) {
  EXPECT_EQ(changed_by("listen: [':8080', ':8081']\nworkers: 2\n"), (Paths{"listen", "workers"}));
  EXPECT_EQ(changed_by("admin: { listen: off, token: long-enough, hosts: [a.example] }\n"),
            (Paths{"admin.listen", "admin.token", "admin.hosts"}));
  EXPECT_EQ(changed_by("access_log: { format: text, path: stderr, headers: [a], redact: [a] }\n"),
            (Paths{"access_log.format", "access_log.path", "access_log.headers", "access_log.redact"}));
  EXPECT_EQ(changed_by("log: { path: stdout }\n"), Paths{"log.path"});
  EXPECT_EQ(changed_by("limits: { header_bytes: 1KiB, headers: 1, body: 1B, connections: 1, header_timeout: 1s, idle: off, drain: 1s }\n"),
            (Paths{"limits.header_bytes", "limits.headers", "limits.body", "limits.connections", "limits.header_timeout", "limits.idle",
                   "limits.drain"}));
}

// Its text says the same of both.
TEST(NeedsRestart, SeesThatOneSecretIsNotTheOther) {
  const auto with = [](const char* token) { return config_of(std::string("admin: { token: ") + token + " }\n" + std::string(kServices)); };
  EXPECT_EQ(needs_restart(with("long-enough"), with("long-enough-2")), Paths{"admin.token"});
  EXPECT_EQ(needs_restart(with("long-enough"), with("long-enough")), Paths{});
}

TEST(NeedsRestart, NothingForWhatAReloadTakesOver) {
  const Config running = config_of(std::string(kServices));
  const Config wanted = config_of(
      "log: { level: debug }\ndefaults: { strategy: random, health: { path: /h }, retry: off, timeouts: { body: off } }\n"
      "services: { app: { instances: [127.0.0.1:9002] }, api: { breaker: off, instances: [a:1] } }\nroutes: [{ service: app }]\n");
  EXPECT_EQ(needs_restart(running, wanted), Paths{});
}

}  // namespace
}  // namespace rota
