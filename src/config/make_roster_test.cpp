#include "config/make_roster.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

const std::string kServices = "services: { app: { instances: [a:1] }, api: { instances: [b:1, b:2] } }\n";

Config config_of(const std::string& text) {
  auto loaded = parse_config(text, "f", {});
  EXPECT_TRUE(loaded) << (loaded ? "" : render(loaded.error()));
  return loaded ? loaded->config : Config{};
}

std::string service_of(const Roster& roster, std::string_view host, std::string_view path) {
  const Route* route = roster.routes->match(host, path);
  return route == nullptr ? "none" : roster.services[route->service].name;
}

TEST(MakeRoster, AnInstanceIsKnownByItsAddress) {
  const Roster roster = make_roster(config_of(kServices));
  std::vector<std::string> identities;
  for (const RosterService& service : roster.services) {
    for (const RosterInstance& instance : service.instances) identities.push_back(service.name + " " + instance.identity);
  }
  EXPECT_EQ(identities, (std::vector<std::string>{"app a:1", "api b:1", "api b:2"}));
}

TEST(MakeRoster, WithoutRoutesOneServiceTakesEverything) {
  const Roster roster = make_roster(config_of("services: { app: { timeouts: { body: 3s }, instances: [a:1] } }"));
  EXPECT_EQ(service_of(roster, "anything", "/"), "app");
  EXPECT_EQ(service_of(roster, "", "*"), "app");
  EXPECT_EQ(roster.routes->match("", "/")->timeouts.body, 3s);
}

TEST(MakeRoster, WithoutRoutesEachOfSeveralServicesHasItsOwnName) {
  const Roster roster = make_roster(config_of("services: { app: { instances: [a:1] }, my_api: { instances: [b:1] } }"));
  EXPECT_EQ(service_of(roster, "app.localhost:8080", "/x"), "app");
  EXPECT_EQ(service_of(roster, "MY_API.localhost", "/"), "my_api");
  for (const char* host : {"localhost", "app", "x.app.localhost", "app.localhost.com", ""})
    EXPECT_EQ(service_of(roster, host, "/"), "none");
}

TEST(MakeRoster, WithRoutesOnlyThoseCount) {
  const Roster roster = make_roster(config_of(kServices + "routes: [{ path: /api, service: api, timeouts: { body: off } }]\n"));
  EXPECT_EQ(service_of(roster, "app.localhost", "/"), "none");
  EXPECT_EQ(service_of(roster, "app.localhost", "/api/x"), "api");
  EXPECT_EQ(roster.routes->match("", "/api")->timeouts.body, Duration::zero());
}

}  // namespace
}  // namespace rota
