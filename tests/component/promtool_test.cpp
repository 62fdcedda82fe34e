// What Prometheus' own tool says of /metrics: that it can be read, and that it follows the conventions of its names.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "admin/metrics_page.h"
#include "tests/support/sample_fleet.h"
#include "tests/support/temp_dir.h"

namespace rota::test {
namespace {

// What promtool prints of `page`, or a sentence of ours where it did not run to a good end; nothing: all is well.
std::string verdict(const std::string& page) {
  const TempDir dir;
  std::ofstream(dir.file("page"), std::ios::binary) << page;
  const std::string command = "promtool check metrics <" + dir.file("page") + " >" + dir.file("said") + " 2>&1";
  const int code = std::system(command.c_str());
  return text_of(dir.file("said")) + (code == 0 ? "" : "(promtool refused it)");
}

class Promtool : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed (Debian: prometheus)";
  }
};

TEST_F(Promtool, HasNothingToSayOfTheMetrics) {
  EXPECT_EQ(verdict(metrics_page(sample_fleet(), read_process_stats())), "");
  EXPECT_EQ(verdict(metrics_page({}, read_process_stats())), "");
}

TEST_F(Promtool, ReadsWhateverTheNamesAre) {
  using namespace std::string_literals;
  for (const std::string& name : {"a\"b\\c\nd"s, "\xff\xc3"s, "{le=\"1\"} 5"s, std::string(5'000, 'x')}) {
    FleetView fleet = sample_fleet();
    fleet.version = fleet.listeners[0].address = name;
    fleet.services[0].name = fleet.services[0].instances[0].service = fleet.services[0].instances[0].identity = name;
    EXPECT_EQ(verdict(metrics_page(fleet, std::nullopt)), "") << name.substr(0, 20);
  }
}

TEST_F(Promtool, SeesWhatIsWrong) {
  EXPECT_NE(verdict("# TYPE rota_x counter\nrota_x 1\n"), "");
  EXPECT_NE(verdict(metrics_page(sample_fleet(), std::nullopt) + "rota_build_info{version=0.1.0} 1\n"), "");
}

}  // namespace
}  // namespace rota::test
