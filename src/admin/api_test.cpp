#include "admin/api.h"

#include <gtest/gtest.h>

#include "admin/openapi.h"
#include "tests/support/json_schema.h"
#include "tests/support/sample_fleet.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using Complaints = std::vector<std::string>;

class Api : public ::testing::Test {
 protected:
  Api() : schema_(nlohmann::json::parse(openapi_json())), fleet_(test::sample_fleet()), events_([](LogLevel, std::string_view) {}) {
    test::add_sample_events(events_);
  }
  // Through its text, as a client gets it.
  Complaints complaints(const std::string& text, const char* schema) const {
    return schema_.complaints(nlohmann::json::parse(text), schema);
  }
  Complaints complaints(const Json& json, const char* schema) const { return complaints(text_of(json), schema); }

  const test::JsonSchema schema_;
  FleetView fleet_;
  Events events_;
};

TEST_F(Api, AnswersWhatItsDescriptionSays) {
  EXPECT_EQ(complaints(overview_json(fleet_, events_), "Overview"), Complaints{});
  EXPECT_EQ(complaints(services_json(fleet_), "Services"), Complaints{});
  EXPECT_EQ(complaints(service_text(fleet_, "app").value(), "ServiceWithInstances"), Complaints{});
  EXPECT_EQ(complaints(instances_text(fleet_), "Instances"), Complaints{});
  EXPECT_EQ(complaints(instance_json(fleet_, "app/10.0.4.13:8080"), "Instance"), Complaints{});
  EXPECT_EQ(complaints(routes_json(fleet_), "Routes"), Complaints{});
  EXPECT_EQ(complaints(events_json(events_, {}), "Events"), Complaints{});
}

TEST_F(Api, AnswersWhatItsDescriptionSaysWhereThereIsNothing) {
  fleet_ = {};
  const Events none([](LogLevel, std::string_view) {});
  EXPECT_EQ(complaints(overview_json(fleet_, none), "Overview"), Complaints{});
  EXPECT_EQ(complaints(services_json(fleet_), "Services"), Complaints{});
  EXPECT_EQ(complaints(events_json(none, {}), "Events"), Complaints{});
  fleet_.services.resize(1);
  fleet_.services[0].instances.resize(1);
  fleet_.services[0].instances[0].in_flight = -1;
  EXPECT_EQ(complaints(instances_text(fleet_), "Instances"), Complaints{}) << "a gauge below zero is zero";
}

TEST_F(Api, IsHeldToItsDescriptionByACheckThatSeesWhatIsWrong) {
  Json instance = instance_json(fleet_, "app/10.0.4.13:8080");
  const auto wrong = [&](auto change) {
    Json changed = instance;
    change(changed);
    return complaints(changed, "Instance").size();
  };
  EXPECT_EQ(wrong([](Json& json) { json.erase("reason"); }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["more"] = 1; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["weight"] = 1.5; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["share"] = 1.5; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["state"] = "ill"; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["since"] = "2026-11-24 14:32:07"; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["recent"]["p50"] = "2 ms"; }), 1U);
  EXPECT_EQ(wrong([](Json& json) { json["attempts"]["answers"]["200"] = "many"; }), 1U);
}

TEST_F(Api, WritesTimesInUtcDurationsInSecondsAndNullForWhatIsNotKnown) {
  const Json slow = instance_json(fleet_, "app/10.0.4.13:8080");
  EXPECT_EQ(slow["since"], "2026-11-24T14:31:26.250Z");
  EXPECT_EQ(slow["recent"]["p95"], 0.18);
  EXPECT_EQ(slow["latency_average"], 0.143);
  EXPECT_EQ(slow["state"], "slow");
  EXPECT_EQ(slow["attempts"]["answers"]["200"], 120'331);
  const Json failing = instance_json(fleet_, "app/10.0.4.15:8080");
  EXPECT_TRUE(failing["recent"]["p50"].is_null()) << "nothing happened there";
  EXPECT_TRUE(failing["cpu"].is_null());
  const Json overview = overview_json(fleet_, events_);
  EXPECT_EQ(overview["uptime"], 97'380.0);
  EXPECT_EQ(overview["last_event"], 10);
}

TEST_F(Api, CountsInstancesByStateAndGoneOnesApart) {
  const Json counts = services_json(fleet_)["services"][0]["instance_counts"];
  EXPECT_EQ(counts["total"], 6);
  EXPECT_EQ(counts["in_service"], 3);
  EXPECT_EQ(counts["gone"], 1);
  EXPECT_EQ(counts["states"].dump(), R"({"ignored":0,"draining":0,"failing":1,"open":1,"overloaded":0,"slow":1,"starting":1,"healthy":2})");
  EXPECT_EQ(overview_json(fleet_, events_)["instance_counts"]["total"], 9);
}

TEST_F(Api, WritesListsOfInstancesAsOneTreeWouldBeWritten) {
  Json all = {{"instances", Json::array()}};
  for (const ServiceView& service : fleet_.services) {
    for (const InstanceView& instance : service.instances) all["instances"].push_back(instance_json(fleet_, instance.id));
  }
  EXPECT_EQ(instances_text(fleet_), text_of(all));
  EXPECT_EQ(instances_text({}), "{\"instances\":[]}\n");
  Json service = services_json(fleet_)["services"][1];
  service["instances"] = Json::array();
  for (std::size_t i = 7; i < 10; ++i) service["instances"].push_back(all["instances"][i]);
  EXPECT_EQ(service_text(fleet_, "shop/checkout"), text_of(service));
}

TEST_F(Api, FindsServicesAndInstancesByTheirWholeName) {
  EXPECT_EQ(Json::parse(service_text(fleet_, "shop/checkout").value())["instances"].size(), 3U);
  EXPECT_FALSE(service_text(fleet_, "shop"));
  EXPECT_TRUE(instance_json(fleet_, "app/10.0.4.1").is_null());
  EXPECT_EQ(instance_json(fleet_, "shop/checkout/10.0.7.22:9000")["service"], "shop/checkout");
}

TEST_F(Api, GivesTheLatestEventsOrThoseBehindOneFromThereOn) {
  const auto ids = [&](const EventsAsked& asked) {
    std::vector<int> ids;
    for (const Json& event : events_json(events_, asked)["events"]) ids.push_back(event["id"].get<int>());
    return ids;
  };
  EXPECT_EQ(ids({.after = std::nullopt, .limit = 3}), (std::vector{8, 9, 10}));
  EXPECT_EQ(ids({.after = 4, .limit = 3}), (std::vector{5, 6, 7}));
  EXPECT_EQ(ids({.after = 8, .limit = 100}), (std::vector{9, 10}));
  EXPECT_EQ(ids({.after = 10, .limit = 100}), std::vector<int>{});
  EXPECT_EQ(ids({.after = UINT64_MAX, .limit = 100}), std::vector<int>{});
  for (int i = 0; i < 1'000; ++i) events_.add({.type = "more", .service = "", .instance = "", .text = "more"});
  EXPECT_EQ(ids({.after = 0, .limit = 2}), (std::vector{11, 12})) << "the first ten are not kept any more";
  EXPECT_EQ(events_json(events_, {})["first_kept"], 11);
  EXPECT_EQ(events_json(events_, {})["last_event"], 1'010);
}

TEST_F(Api, GivesAnEventsNumbersToPrograms) {
  const Json last = events_json(events_, {.after = 9, .limit = 1})["events"][0];
  EXPECT_EQ(last["numbers"]["attempts"], 3.0);
  EXPECT_EQ(last["level"], "error");
  EXPECT_TRUE(last["instance"].is_null());
}

TEST_F(Api, IsValidJsonWhateverTheBytesOfANameAre) {
  fleet_.services[0].instances[0].reason = "\xff\"\\\n\x01</script>\xe2\x80\xae";
  const std::string text = instances_text(fleet_);
  ASSERT_TRUE(nlohmann::json::accept(text));
  EXPECT_EQ(nlohmann::json::parse(text)["instances"][0]["reason"], "\xef\xbf\xbd\"\\\n\x01</script>\xe2\x80\xae");
}

}  // namespace
}  // namespace rota
