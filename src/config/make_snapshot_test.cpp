#include "config/make_snapshot.h"

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

std::string service_of(const Snapshot& snapshot, std::string_view host, std::string_view path) {
  const Route* route = snapshot.routes.match(host, path);
  return route == nullptr ? "none" : route->service->name;
}

TEST(MakeSnapshot, GivesEachInstanceASlotOfItsOwn) {
  const auto snapshot = make_snapshot(config_of(kServices), 1);
  std::vector<std::uint32_t> slots;
  for (const auto& service : snapshot->services) {
    for (const auto& instance : service->instances) slots.push_back(instance->slot);
  }
  EXPECT_EQ(slots, (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(MakeSnapshot, WithoutRoutesOneServiceTakesEverything) {
  const auto snapshot = make_snapshot(config_of("services: { app: { timeouts: { body: 3s }, instances: [a:1] } }"), 1);
  EXPECT_EQ(service_of(*snapshot, "anything", "/"), "app");
  EXPECT_EQ(service_of(*snapshot, "", "*"), "app");
  EXPECT_EQ(snapshot->routes.match("", "/")->timeouts.body, 3s);
}

TEST(MakeSnapshot, WithoutRoutesEachOfSeveralServicesHasItsOwnName) {
  const auto snapshot = make_snapshot(config_of("services: { app: { instances: [a:1] }, my_api: { instances: [b:1] } }"), 1);
  EXPECT_EQ(service_of(*snapshot, "app.localhost:8080", "/x"), "app");
  EXPECT_EQ(service_of(*snapshot, "MY_API.localhost", "/"), "my_api");
  for (const char* host : {"localhost", "app", "x.app.localhost", "app.localhost.com", ""})
    EXPECT_EQ(service_of(*snapshot, host, "/"), "none");
}

TEST(MakeSnapshot, WithRoutesOnlyThoseCount) {
  const auto snapshot = make_snapshot(config_of(kServices + "routes: [{ path: /api, service: api, timeouts: { body: off } }]\n"), 1);
  EXPECT_EQ(service_of(*snapshot, "app.localhost", "/"), "none");
  EXPECT_EQ(service_of(*snapshot, "app.localhost", "/api/x"), "api");
  EXPECT_EQ(snapshot->routes.match("", "/api")->timeouts.body, Duration::zero());
}

}  // namespace
}  // namespace rota
