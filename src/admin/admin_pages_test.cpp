#include "admin/admin_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/manual_clock.h"
#include "tests/support/asked.h"
#include "tests/support/json_schema.h"
#include "tests/support/sample_fleet.h"

namespace rota {
namespace {

using nlohmann::json;
using test::AskedRequest;
using test::field_of;

class Pages : public ::testing::Test {
 protected:
  Pages() : fleet_(test::sample_fleet()), events_([](LogLevel, std::string_view) {}) { test::add_sample_events(events_); }

  ServedAnswer ask(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
    const AdminPages pages(access_, [this] { return ++views_, fleet_; }, events_, clock_, [] { return std::nullopt; });
    const AskedRequest asked(target, fields, method);
    return pages.answer(asked.request());
  }
  json ask_json(const std::string& target) {
    const ServedAnswer answer = ask(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.content_type, "application/json");
    return json::parse(answer.body, nullptr, false);
  }
  // For {name} and {id}, those that there are.
  static std::string target_of(std::string path) {
    if (path.ends_with("{name}")) return "/api/v1/services/app";
    if (path.ends_with("{id}")) return "/api/v1/instances/app/10.0.4.12:8080";
    return path;
  }

  AdminAccess access_;
  FleetView fleet_;
  Events events_;
  ManualClock clock_;
  int views_ = 0;
};

TEST_F(Pages, AreThoseThatTheDescriptionNames) {
  std::vector<std::string> described;
  const json document = ask_json("/api/v1/openapi.json");
  for (const auto& [path, unused] : document["paths"].items()) described.push_back(path);
  std::vector<std::string> served = AdminPages::paths();
  std::ranges::sort(served);
  std::ranges::sort(described);
  EXPECT_EQ(served, described);
}

// Status, type and shape of each page as openapi.json describes them.
TEST_F(Pages, AnswerAsTheDescriptionSays) {
  const json document = ask_json("/api/v1/openapi.json");
  const test::JsonSchema schema(document);
  for (const std::string& path : AdminPages::paths()) {
    const ServedAnswer answer = ask(target_of(path));
    const json& responses = document["paths"][path]["get"]["responses"];
    ASSERT_TRUE(responses.contains(std::to_string(answer.status))) << path << " " << answer.status;
    if (answer.status != 200) continue;
    const json& content = responses["200"]["content"];
    const std::string type = answer.content_type.substr(0, answer.content_type.find(';'));
    ASSERT_TRUE(content.contains(type)) << path << " " << type;
    if (type != "application/json" || !content[type]["schema"].contains("$ref")) continue;
    const std::string reference = content[type]["schema"]["$ref"];
    EXPECT_EQ(schema.complaints(json::parse(answer.body), reference.substr(reference.rfind('/') + 1)), std::vector<std::string>{}) << path;
  }
}

TEST_F(Pages, CarryTheFieldsThatKeepABrowserCareful) {
  for (const char* target : {"/status", "/metrics", "/healthz", "/api/v1/overview", "/nothing", "/"}) {
    const ServedAnswer answer = ask(target);
    EXPECT_EQ(field_of(answer, "X-Frame-Options"), "DENY") << target;
    EXPECT_EQ(field_of(answer, "Referrer-Policy"), "no-referrer") << target;
    const std::string policy = field_of(answer, "Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'; ")) << target;
    EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos) << target;
    EXPECT_EQ(policy.find(" | "), std::string::npos) << target << " has it twice";
  }
}

TEST_F(Pages, HaveProblemsForWhatIsNotThere) {
  const test::JsonSchema schema(ask_json("/api/v1/openapi.json"));
  for (const char* target : {"/nothing", "/status/", "/api/v1", "/api/v1/", "/api/v1/services/", "/api/v1/instances/",
                             "/api/v1/services/nobody", "/api/v1/instances/app/10.0.0.1:1", "/api/v1/instances/app", "/API/v1/overview"}) {
    const ServedAnswer answer = ask(target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(schema.complaints(json::parse(answer.body), "Problem"), std::vector<std::string>{}) << target;
  }
}

TEST_F(Pages, AreOnlyRead) {
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    for (const char* target : {"/status", "/healthz", "/api/v1/instances/app/10.0.4.12:8080"}) {
      const ServedAnswer answer = ask(target, "Content-Length: 0\r\n", method);
      EXPECT_EQ(answer.status, 405) << method;
      EXPECT_EQ(field_of(answer, "Allow"), "GET, HEAD");
      EXPECT_EQ(answer.content_type, "application/problem+json");
    }
  }
  const ServedAnswer head = ask("/api/v1/overview", "", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, ask("/api/v1/overview").body) << "for its length";
}

TEST_F(Pages, FindAnInstanceWithItsSlashAsItIsAndOtherBytesEncoded) {
  EXPECT_EQ(ask_json("/api/v1/instances/app/10.0.4.12:8080")["identity"], "10.0.4.12:8080");
  EXPECT_EQ(ask_json("/api/v1/instances/app/10.0.4.12%3A8080")["identity"], "10.0.4.12:8080");
  EXPECT_EQ(ask_json("/api/v1/instances/shop/checkout/10.0.7.21:9000")["service"], "shop/checkout");
  EXPECT_EQ(ask_json("/api/v1/services/shop/checkout")["name"], "shop/checkout");
  fleet_.services[0].instances[0].id = "app/unix:/run/a b.sock";
  EXPECT_EQ(ask_json("/api/v1/instances/app/unix:/run/a%20b.sock")["id"], "app/unix:/run/a b.sock");
}

TEST_F(Pages, AskForEventsByNumbersOnly) {
  EXPECT_EQ(ask_json("/api/v1/events?after=7&limit=2")["events"].size(), 2U);
  EXPECT_EQ(ask_json("/api/v1/events")["events"].size(), 10U);
  EXPECT_EQ(ask_json("/api/v1/events?after=18446744073709551615")["events"].size(), 0U);
  for (const char* query : {"limit=0", "limit=1001", "limit=-1", "limit=", "limit", "limit=1x", "after=x", "after=-1",
                            "after=", "after=18446744073709551616"}) {
    EXPECT_EQ(ask(std::string("/api/v1/events?") + query).status, 400) << query;
  }
}

TEST_F(Pages, SayWhetherRotaIsAliveWithoutLookingAtTheFleet) {
  fleet_.ready = false;
  const ServedAnswer answer = ask("/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok\n");
  EXPECT_EQ(views_, 0);
}

TEST_F(Pages, SayWhetherRotaIsReady) {
  EXPECT_EQ(ask("/readyz").status, 200);
  EXPECT_EQ(ask("/readyz?verbose").body, "[+] started\n[+] not draining\nready\n");
  fleet_.draining = true;
  EXPECT_EQ(ask("/readyz").status, 503);
  EXPECT_EQ(ask("/readyz").body, "draining\n");
  EXPECT_EQ(ask("/readyz?verbose").body, "[+] started\n[-] not draining: it is\nnot ready\n");
  fleet_.draining = fleet_.ready = false;
  EXPECT_EQ(ask("/readyz").body, "starting\n");
  EXPECT_EQ(ask("/readyz?verbose=1").body, "[-] started: the listeners are not open yet\n[+] not draining\nnot ready\n");
}

TEST_F(Pages, LeadFromTheRootToTheStatusPageWhichRefreshesItself) {
  EXPECT_EQ(ask("/").status, 302);
  EXPECT_EQ(field_of(ask("/"), "Location"), "/status");
  const ServedAnswer page = ask("/status");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(field_of(page, "Refresh"), "2");
  EXPECT_NE(page.body.find("/status?refresh=off"), std::string::npos);
  const ServedAnswer paused = ask("/status?refresh=off");
  EXPECT_EQ(field_of(paused, "Refresh"), "");
  EXPECT_NE(paused.body.find("<a href=\"/status\">"), std::string::npos);
}

TEST_F(Pages, NeedTheTokenButForHealthzAndReadyz) {
  access_.token = "s3cret";
  for (const std::string& path : AdminPages::paths()) {
    const bool open = path == "/healthz" || path == "/readyz";
    EXPECT_EQ(ask(target_of(path)).status == 401, !open) << path;
    EXPECT_NE(ask(target_of(path), "Authorization: Bearer s3cret\r\n").status, 401) << path;
    EXPECT_EQ(ask(target_of(path), "Host: evil.example\r\nAuthorization: Bearer s3cret\r\n").status, 421) << path;
  }
  EXPECT_EQ(ask("/nothing").status, 401) << "which paths there are is nobody's business";
  EXPECT_EQ(ask("/status", "", "POST").status, 401);
}

TEST_F(Pages, ShowWhatEachPathIsFor) {
  EXPECT_NE(ask("/metrics").body.find("rota_instance_up{"), std::string::npos);
  EXPECT_EQ(ask("/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(ask_json("/api/v1/overview")["generation"], 61);
  EXPECT_EQ(ask_json("/api/v1/services")["services"].size(), 2U);
  EXPECT_EQ(ask_json("/api/v1/instances")["instances"].size(), 10U);
  EXPECT_EQ(ask_json("/api/v1/routes")["routes"][0]["service"], "shop/checkout");
}

TEST_F(Pages, TakeTheTimeFromTheClockWhereTheViewHasNone) {
  fleet_.now = {};
  EXPECT_EQ(ask_json("/api/v1/overview")["now"], "2027-01-15T08:00:00.000Z");
}

}  // namespace
}  // namespace rota
