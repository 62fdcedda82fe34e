#include "app/status_text.h"

#include <gtest/gtest.h>

#include "admin/api.h"
#include "tests/support/sample_fleet.h"

namespace rota {
namespace {

StatusAnswers answers_of(const FleetView& fleet) {
  const Events none([](LogLevel, std::string_view) {});
  const auto parsed = [](const Json& json) { return nlohmann::json::parse(text_of(json)); };
  return {.overview = parsed(overview_json(fleet, none)),
          .services = parsed(services_json(fleet)),
          .instances = nlohmann::json::parse(instances_text(fleet))};
}

TEST(StatusText, IsATableForEachService) {
  EXPECT_EQ(
      status_text(answers_of(test::sample_fleet()), false).value(),
      "rota 0.1.0 · up 1 d 3 h · 6 of 9 instances in service · 2,184 req/s · <0.1 % errors · p95 12 ms\n"
      "\n"
      "app · round robin · 3 of 6 in service\n"
      "  INSTANCE        STATE      SHARE  REQ/S     P95  ERRORS  REASON\n"
      "  10.0.4.11:8080  healthy   48.8 %    913  8.9 ms     0 %\n"
      "  10.0.4.12:8080  healthy   48.8 %    912  9.1 ms     0 %\n"
      "  10.0.4.13:8080  slow       2.4 %     47  180 ms     0 %  average 143 ms to the response head, above 100 ms; kept at 10 % of its "
      "weight: half of the instances are out already\n"
      "  10.0.4.14:8080  open         0 %    4.2   12 ms  55.0 %  11 of the last 20 attempts failed (502); a trial in 4 s\n"
      "  10.0.4.15:8080  failing      0 %      0       –       –  3 probes in a row failed: refused\n"
      "  10.0.4.16:8080  starting     0 %      0       –       –  new; no probe has passed yet\n"
      "  10.0.4.9:8080   gone         0 %      0       –       –  no source names it any more\n"
      "\n"
      "shop/checkout · least request · 3 of 3 in service\n"
      "  INSTANCE        STATE     SHARE  REQ/S    P95  ERRORS  REASON\n"
      "  10.0.7.21:9000  healthy  50.0 %    156  18 ms     0 %\n"
      "  10.0.7.22:9000  healthy  25.0 %     78  18 ms     0 %\n"
      "  10.0.7.23:9000  healthy  25.0 %     78  18 ms     0 %\n");
}

TEST(StatusText, HasColoursOnlyWhereTheyAreWanted) {
  const StatusAnswers answers = answers_of(test::sample_fleet());
  const std::string coloured = status_text(answers, true).value();
  EXPECT_NE(coloured.find("\x1b[32mhealthy\x1b[0m"), std::string::npos);
  EXPECT_NE(coloured.find("\x1b[31mfailing\x1b[0m"), std::string::npos);
  std::string plain = coloured;
  for (std::size_t at; (at = plain.find('\x1b')) != std::string::npos;) plain.erase(at, plain.find('m', at) - at + 1);
  EXPECT_EQ(plain, status_text(answers, false).value()) << "colours move nothing";
}

TEST(StatusText, ShowsNothingThatATerminalWouldObey) {
  FleetView fleet = test::sample_fleet();
  const std::string hostile = "\x1b]0;owned\x07\r\n\xe2\x80\xae" + std::string(10'000, 'x');
  fleet.version = fleet.services[0].name = fleet.services[0].strategy = hostile;
  for (InstanceView& instance : fleet.services[0].instances) instance.service = instance.address = instance.reason = hostile;
  const std::string text = status_text(answers_of(fleet), false).value();
  EXPECT_EQ(text.find_first_of("\x1b\x07\r"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_LT(text.size(), 10'000U);
  EXPECT_NE(text.find("\\x1b]0;owned\\x07"), std::string::npos);
}

TEST(StatusText, SaysSoWhereThereIsNothing) {
  FleetView fleet;
  fleet.services.resize(1);
  fleet.services[0].name = "empty";
  fleet.draining = true;
  EXPECT_EQ(status_text(answers_of(fleet), false).value(),
            "rota  · up 0 s · 0 of 0 instances in service · 0 req/s · draining · starting\n\nempty ·  · 0 of 0 in service\n"
            "  no source names an instance of it\n");
}

TEST(StatusText, RefusesWhatNoRotaAnswers) {
  StatusAnswers answers = answers_of(test::sample_fleet());
  answers.overview.erase("recent");
  EXPECT_FALSE(status_text(answers, false));
  EXPECT_FALSE(status_text({}, false));
  answers = answers_of(test::sample_fleet());
  answers.instances["instances"][0]["recent"]["p95"] = "fast";
  EXPECT_FALSE(status_text(answers, false));
}

}  // namespace
}  // namespace rota
