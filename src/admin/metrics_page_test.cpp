#include "admin/metrics_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "tests/support/sample_fleet.h"

namespace rota {
namespace {

constexpr ProcessStats kProcess{.cpu_seconds = 12.5,
                                .resident_bytes = 9'000'000,
                                .virtual_bytes = 90'000'000,
                                .threads = 6,
                                .start_seconds = 1'764'000'000.25,
                                .open_fds = 41,
                                .max_fds = 1024};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool has(const std::string& text, const std::string& line) { return std::ranges::count(lines_of(text), line) == 1; }

TEST(MetricsPage, HasTheDesignsNamesAndLabels) {
  const std::string page = metrics_page(test::sample_fleet(), kProcess);
  for (const char* line : {
           R"(rota_requests_total{service="app",method="POST",code="502"} 3)",
           R"(rota_requests_total{service="",method="GET",code="404"} 17)",
           R"(rota_request_duration_seconds_count{service="app"} 1000)",
           R"(rota_request_duration_seconds_bucket{service="app",le="0.0025"} 900)",
           R"(rota_requests_in_flight{service="app"} 38)",
           R"(rota_errors_total{service="app",error="connection_terminated"} 3)",
           R"(rota_errors_total{service="",error="destination_not_found"} 17)",
           R"(rota_retries_total{service="app",reason="connect"} 214)",
           R"(rota_instance_up{service="app",instance="10.0.4.12:8080"} 1)",
           R"(rota_instance_up{service="app",instance="10.0.4.15:8080"} 0)",
           R"(rota_instance_requests_total{service="app",instance="10.0.4.14:8080",code="502"} 37)",
           R"(rota_instance_requests_total{service="app",instance="10.0.4.15:8080",code="none"} 2)",
           R"(rota_instance_in_flight{service="app",instance="10.0.4.13:8080"} 7)",
           R"(rota_instance_latency_seconds_count{service="app",instance="10.0.4.13:8080"} 100)",
           R"(rota_instance_cpu_ratio{service="app",instance="10.0.4.13:8080"} 0.78)",
           R"(rota_instance_memory_ratio{service="app",instance="10.0.4.13:8080"} 0.61)",
           R"(rota_breaker_transitions_total{service="app",instance="10.0.4.14:8080",to="half_open"} 2)",
           R"(rota_probes_total{service="app",instance="10.0.4.15:8080",result="failed"} 26)",
           R"(rota_connections{listener="0.0.0.0:8080"} 213)",
           R"(rota_source_up{source="docker"} 1)",
           R"(rota_source_events_total{source="docker",type="update"} 41)",
           R"(rota_config_reloads_total{result="applied"} 2)",
           R"(rota_config_reloads_total{result="refused"} 1)",
           R"(rota_access_log_dropped_total 0)",
           R"(rota_build_info{version="0.1.0"} 1)",
           R"(process_cpu_seconds_total 12.5)",
           R"(process_resident_memory_bytes 9000000)",
           R"(process_open_fds 41)",
           R"(process_max_fds 1024)",
           R"(process_start_time_seconds 1764000000.25)",
           R"(process_threads 6)",
       }) {
    EXPECT_TRUE(has(page, line)) << line;
  }
  EXPECT_EQ(page.find("rota_instance_cpu_ratio{service=\"app\",instance=\"10.0.4.15:8080\"}"), std::string::npos) << "it is not known";
}

TEST(MetricsPage, GivesAnInstanceOneStateAndZeroForTheOthers) {
  const std::string page = metrics_page(test::sample_fleet(), std::nullopt);
  std::vector<std::string> values;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with(R"(rota_instance_state{service="app",instance="10.0.4.13:8080",)"))
      values.push_back(line.substr(line.find("state=")));
  }
  EXPECT_EQ(values, (std::vector<std::string>{R"(state="ignored"} 0)", R"(state="draining"} 0)", R"(state="failing"} 0)",
                                              R"(state="open"} 0)", R"(state="overloaded"} 0)", R"(state="slow"} 1)",
                                              R"(state="starting"} 0)", R"(state="healthy"} 0)"}));
}

TEST(MetricsPage, LeavesOutWhatIsGoneAndWhatTheProcessDoesNotTell) {
  const std::string page = metrics_page(test::sample_fleet(), std::nullopt);
  EXPECT_EQ(page.find("10.0.4.9:8080"), std::string::npos);
  EXPECT_EQ(page.find("process_"), std::string::npos);
  ProcessStats unlimited = kProcess;
  unlimited.max_fds.reset();
  EXPECT_EQ(metrics_page({}, unlimited).find("process_max_fds"), std::string::npos);
}

TEST(MetricsPage, HasEachSeriesOnceAndEachFamilyInOnePiece) {
  std::set<std::string> series, families;
  std::string family;
  for (const std::string& line : lines_of(metrics_page(test::sample_fleet(), kProcess))) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family;
    } else if (!line.starts_with("#")) {
      EXPECT_TRUE(line.starts_with(family)) << line;
      EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
    }
  }
  EXPECT_GE(families.size(), 25U);
}

TEST(MetricsPage, IsTheSameForTheSameFleet) {
  EXPECT_EQ(metrics_page(test::sample_fleet(), kProcess), metrics_page(test::sample_fleet(), kProcess));
}

}  // namespace
}  // namespace rota
