#include "metrics/prometheus.h"

#include <gtest/gtest.h>

#include <limits>

namespace rota {
namespace {

using namespace std::chrono_literals;

TEST(PrometheusText, WritesFamiliesWithHelpTypeAndSamplesInOrder) {
  PrometheusText text;
  text.family("rota_requests_total", MetricType::counter, "Requests answered.");
  text.sample({{"service", "app"}, {"code", "200"}}, std::uint64_t{18446744073709551615U});
  text.sample({{"service", "app"}, {"code", "404"}}, std::uint64_t{0});
  text.family("rota_requests_in_flight", MetricType::gauge, "Requests being served.");
  text.sample({}, std::int64_t{-1});
  text.sample({{"service", "app"}}, 0.25);
  EXPECT_EQ(text.take(),
            "# HELP rota_requests_total Requests answered.\n"
            "# TYPE rota_requests_total counter\n"
            "rota_requests_total{service=\"app\",code=\"200\"} 18446744073709551615\n"
            "rota_requests_total{service=\"app\",code=\"404\"} 0\n"
            "# HELP rota_requests_in_flight Requests being served.\n"
            "# TYPE rota_requests_in_flight gauge\n"
            "rota_requests_in_flight -1\n"
            "rota_requests_in_flight{service=\"app\"} 0.25\n");
}

TEST(PrometheusText, HasNoFamilyWithoutSamples) {
  PrometheusText text;
  text.family("rota_nothing", MetricType::gauge, "Nothing.");
  text.family("rota_up", MetricType::gauge, "Something.");
  text.sample({}, std::uint64_t{1});
  EXPECT_EQ(text.take(), "# HELP rota_up Something.\n# TYPE rota_up gauge\nrota_up 1\n");
}

TEST(PrometheusText, EscapesTheValuesOfLabels) {
  const auto shown = [](std::string_view value) {
    PrometheusText text;
    text.family("x", MetricType::gauge, "X.");
    text.sample({{"a", value}}, std::uint64_t{1});
    std::string all = text.take();
    const std::size_t at = all.find("x{a=\"") + 5;
    return all.substr(at, all.rfind("\"} 1\n") - at);
  };
  EXPECT_EQ(shown("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
  EXPECT_EQ(shown("caf\xc3\xa9 \r\t{}"), "caf\xc3\xa9 \r\t{}");
  EXPECT_EQ(shown("\xff\xc3"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(shown("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(shown(std::string(2000, 'x')), std::string(PrometheusText::kLongestValue, 'x') + "…");
}

TEST(PrometheusText, WritesNumbersThatAreNone) {
  PrometheusText text;
  text.family("x", MetricType::gauge, "X.");
  text.sample({}, std::numeric_limits<double>::quiet_NaN());
  text.sample({}, std::numeric_limits<double>::infinity());
  text.sample({}, -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(text.take().ends_with("x NaN\nx +Inf\nx -Inf\n"));
}

TEST(PrometheusText, WritesAHistogramWithCumulativeBucketsSumAndCount) {
  Histogram histogram;
  histogram.record(400us);
  histogram.record(1ms);
  histogram.record(3ms);
  histogram.record(11s);
  HistogramSum sum;
  sum.add(histogram);
  PrometheusText text;
  text.family("d", MetricType::histogram, "D.");
  text.histogram({{"service", "app"}}, sum);
  EXPECT_EQ(text.take(),
            "# HELP d D.\n# TYPE d histogram\n"
            "d_bucket{service=\"app\",le=\"0.0005\"} 1\n"
            "d_bucket{service=\"app\",le=\"0.001\"} 2\n"
            "d_bucket{service=\"app\",le=\"0.0025\"} 2\n"
            "d_bucket{service=\"app\",le=\"0.005\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.01\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.025\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.05\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.1\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.25\"} 3\n"
            "d_bucket{service=\"app\",le=\"0.5\"} 3\n"
            "d_bucket{service=\"app\",le=\"1\"} 3\n"
            "d_bucket{service=\"app\",le=\"2.5\"} 3\n"
            "d_bucket{service=\"app\",le=\"5\"} 3\n"
            "d_bucket{service=\"app\",le=\"10\"} 3\n"
            "d_bucket{service=\"app\",le=\"+Inf\"} 4\n"
            "d_sum{service=\"app\"} 11.0044\n"
            "d_count{service=\"app\"} 4\n");
}

}  // namespace
}  // namespace rota
