// Each way a file can be wrong, as the person who wrote it sees it.
#include "config/read_config.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace rota {
namespace {

constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

std::string errors_of(std::string_view text) {
  const auto loaded = parse_config(text, "rota.yaml", {});
  return loaded ? "" : render(loaded.error());
}

// With a service below, so that the missing of one is not reported too.
std::string errors_above(const std::string& text) { return errors_of(text + std::string(kServices)); }

// In the list of instances.
std::string errors_in(const std::string& list) { return errors_of("services:\n  app:\n    instances: " + list + "\n"); }

TEST(ReadConfig, TakesAWholeFile) {
  const auto loaded = parse_config(R"(
listen: [":8080", { address: "[::1]:8081" }, unix:/run/rota.sock]
workers: 2
limits: { header_bytes: 16KiB, idle: off }
defaults:
  timeouts: { connect: 2s, body: off }
services:
  app:
    strategy: random
    timeouts: { connect: 3s }
    instances: [127.0.0.1:9001, { address: App.Internal:9002, weight: 2 }]
)",
                                   "rota.yaml", {});
  ASSERT_TRUE(loaded) << render(loaded.error());
  const Config& config = loaded->config;
  ASSERT_EQ(config.listen.size(), 3u);
  EXPECT_EQ(config.listen[1].text(), "[::1]:8081");
  EXPECT_EQ(config.workers, 2u);
  EXPECT_EQ(config.limits.header_bytes, 16u * 1024);
  EXPECT_EQ(config.limits.idle, Duration::zero());
  EXPECT_EQ(config.defaults.strategy, StrategyKind::round_robin);
  ASSERT_EQ(config.services.size(), 1u);
  const ServiceConfig& app = config.services[0];
  EXPECT_EQ(app.name, "app");
  EXPECT_EQ(app.settings.strategy, StrategyKind::random);
  EXPECT_EQ(app.settings.timeouts.connect, std::chrono::seconds{3});
  EXPECT_EQ(app.settings.timeouts.body, Duration::zero());
  ASSERT_EQ(app.instances.size(), 2u);
  EXPECT_EQ(app.instances[1].address.text(), "app.internal:9002");
  EXPECT_EQ(app.instances[1].weight, 2u);
  EXPECT_EQ(loaded->origin, "rota.yaml");
}

TEST(ReadConfig, NamesUnknownKeysAndWhatWasMeant) {
  EXPECT_EQ(errors_above("defaults:\n    strateg: random\n"),
            "rota.yaml:2:5: unknown key 'strateg' in 'defaults'\n    strateg: random\n    ^\ndid you mean 'strategy'?\n");
  EXPECT_EQ(errors_above("lisen: :80\n"), "rota.yaml:1:1: unknown key 'lisen'\nlisen: :80\n^\ndid you mean 'listen'?\n");
  EXPECT_EQ(errors_above("dashboard: on\n"), "rota.yaml:1:1: unknown key 'dashboard'\ndashboard: on\n^\n");
  EXPECT_EQ(errors_above("limits: { idel: 5s }\n"),
            "rota.yaml:1:11: unknown key 'idel' in 'limits'\nlimits: { idel: 5s }\n          ^\ndid you mean 'idle'?\n");
  EXPECT_EQ(errors_above("defaults: { timeouts: { conect: 5s } }\n"),
            "rota.yaml:1:25: unknown key 'conect' in 'defaults.timeouts'\ndefaults: { timeouts: { conect: 5s } }\n"
            "                        ^\ndid you mean 'connect'?\n");
  EXPECT_EQ(
      errors_above("timeouts: { connect: 5s }\n"),
      "rota.yaml:1:1: unknown key 'timeouts'\ntimeouts: { connect: 5s }\n^\nit belongs in 'defaults' or in a service: defaults.timeouts\n");
  EXPECT_EQ(errors_of("services:\n  app:\n    instance: [a:1]\n    instances: [a:1]\n"),
            "rota.yaml:3:5: unknown key 'instance' in 'services.app'\n    instance: [a:1]\n    ^\ndid you mean 'instances'?\n");
  EXPECT_EQ(errors_above("limits.idle: 5s\n"),
            "rota.yaml:1:1: unknown key 'limits.idle'\nlimits.idle: 5s\n^\na key with dots is written as nested keys\n");
}

TEST(ReadConfig, PointsAtABadValue) {
  EXPECT_EQ(errors_above("limits:\n  idle: 5\n"), "rota.yaml:2:9: '5' needs a unit: 5ms, 5s or 5m\n  idle: 5\n        ^\n");
  EXPECT_EQ(errors_above("defaults: { strategy: randm }\n"),
            "rota.yaml:1:23: unknown strategy 'randm'; these are known: round_robin, random\ndefaults: { strategy: randm }\n"
            "                      ^\ndid you mean 'random'?\n");
  EXPECT_EQ(errors_above("workers:\n"), "rota.yaml:1:9: 'workers' has no value\nworkers:\n        ^\n");
  EXPECT_EQ(errors_above("workers: [1]\n"), "rota.yaml:1:10: 'workers' must be a single value, not a list\nworkers: [1]\n         ^\n");
  EXPECT_EQ(errors_above("limits: 5\n"),
            "rota.yaml:1:9: 'limits' must be a mapping (key: value), not a single value\nlimits: 5\n        ^\n");
  EXPECT_EQ(errors_above("workers: ${NONE}\n"), "rota.yaml:1:10: the environment variable NONE is not set\nworkers: ${NONE}\n         ^\n");
}

TEST(ReadConfig, ChecksListenAddresses) {
  EXPECT_EQ(errors_above("listen: 127.0.0.1\n"),
            "rota.yaml:1:9: '127.0.0.1' has no port; write 127.0.0.1:8080\nlisten: 127.0.0.1\n        ^\n");
  EXPECT_EQ(errors_above("listen: []\n"), "rota.yaml:1:9: 'listen' needs an address, such as 0.0.0.0:8080\nlisten: []\n        ^\n");
  EXPECT_EQ(errors_above("listen:\n"), "rota.yaml:1:8: 'listen' needs an address, such as 0.0.0.0:8080\nlisten:\n       ^\n");
  EXPECT_EQ(errors_above("listen: [a:80, A:80]\n"), "rota.yaml:1:16: a:80 is listened on twice\nlisten: [a:80, A:80]\n               ^\n");
  EXPECT_EQ(errors_above("listen: { addres: a:80 }\n"),
            "rota.yaml:1:9: this entry of 'listen' has no 'address'\nlisten: { addres: a:80 }\n        ^\n"
            "rota.yaml:1:11: unknown key 'addres' in 'listen'\nlisten: { addres: a:80 }\n          ^\ndid you mean 'address'?\n");
  EXPECT_EQ(errors_above("listen: [[a:80]]\n"),
            "rota.yaml:1:10: an entry of 'listen' is an address or { address: … }, not a list\nlisten: [[a:80]]\n         ^\n");
}

TEST(ReadConfig, ChecksInstances) {
  EXPECT_EQ(errors_in("[a:1, { address: a:1 }]"),
            "rota.yaml:3:33: instance a:1 stands in 'services.app.instances' twice\n    instances: [a:1, { address: a:1 }]\n" +
                std::string(32, ' ') + "^\n");
  EXPECT_EQ(errors_in("[a]"), "rota.yaml:3:17: 'a' has no port; write a:8080\n    instances: [a]\n                ^\n");
  EXPECT_EQ(errors_in("[]"),
            "rota.yaml:3:16: 'services.app.instances' is empty; a service needs an instance\n    instances: []\n               ^\n");
  EXPECT_EQ(errors_in("a:1"),
            "rota.yaml:3:16: 'services.app.instances' must be a list, not a single value\n    instances: a:1\n"
            "               ^\nwrite it like [127.0.0.1:9001]\n");
  for (const std::string weight : {"0", "1001", "-1", "1.5", "many"}) {
    EXPECT_EQ(errors_in("[{ address: a:1, weight: " + weight + " }]").substr(0, 60).substr(14),
              (": '" + weight + "' is not a weight; 1 to 1000 are\n    instances: [{").substr(0, 46))
        << weight;
  }
  EXPECT_EQ(errors_in("[{ weight: 1 }]"),
            "rota.yaml:3:17: this entry of 'services.app.instances' has no 'address'\n    instances: [{ weight: 1 }]\n                ^\n");
}

TEST(ReadConfig, NeedsAServiceWithInstances) {
  const std::string hint = "add one: services: { app: { instances: [127.0.0.1:9001] } }\n";
  EXPECT_EQ(errors_of(""), "rota.yaml: no service\n" + hint);
  EXPECT_EQ(errors_of("services:\n"), "rota.yaml:1:1: no service\nservices:\n^\n" + hint);
  EXPECT_EQ(errors_of("services: { app: }\n"),
            "rota.yaml:1:13: service 'app' has no instances\nservices: { app: }\n            ^\n"
            "add a list of addresses: instances: [127.0.0.1:9001]\n");
  EXPECT_EQ(errors_of("services: { My App: { instances: [a:1] } }\n"),
            "rota.yaml:1:13: 'My App' is not a service's name; small letters, digits, - and _ are, 63 at most\n"
            "services: { My App: { instances: [a:1] } }\n            ^\n");
  EXPECT_EQ(errors_of("services: [a:1]\n"),
            "rota.yaml:1:11: 'services' must be a mapping (key: value), not a list\nservices: [a:1]\n          ^\n");
  EXPECT_EQ(errors_of("just text\n"), "rota.yaml:1:1: a config file is a mapping (key: value), not a single value\njust text\n^\n");
}

TEST(ReadConfig, ReportsEverythingInTheFilesOrder) {
  const auto loaded = parse_config(
      "services: { app: { strategy: x, instances: [a:1] } }\nworkers: x\nworkers: 2\nlimits: { idle: \"${NONE}\" }\n", "f", {});
  ASSERT_FALSE(loaded);
  std::vector<int> lines;
  for (const Diagnostic& diagnostic : loaded.error()) lines.push_back(diagnostic.line);
  EXPECT_EQ(lines, (std::vector{1, 2, 3, 4}));
}

TEST(ReadConfig, TakesEmptySections) { EXPECT_EQ(errors_above("limits:\ndefaults:\n  # strategy: random\n"), ""); }

}  // namespace
}  // namespace rota
