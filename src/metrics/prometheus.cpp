#include "metrics/prometheus.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <vector>

#include "base/utf8.h"

namespace rota {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

void append_value(std::string& text, std::string_view value) {
  const std::size_t end = text.size() + PrometheusText::kLongestValue;
  while (!value.empty()) {
    if (text.size() >= end) {
      text += "…";
      return;
    }
    const CodePoint point = decode_utf8(value);
    if (point.size == 0) {
      text += kReplacement;
    } else if (value.front() == '\\' || value.front() == '"') {
      text += '\\';
      text += value.front();
    } else if (value.front() == '\n') {
      text += "\\n";
    } else {
      text += value.substr(0, point.size);
    }
    value.remove_prefix(point.size == 0 ? 1 : point.size);
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, MetricType type, std::string_view help) {
  name_ = name;
  type_ = type;
  help_ = help;
  begun_ = false;
}

void PrometheusText::begin(std::string_view suffix, MetricLabels labels, std::string_view le) {
  if (!begun_) fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name_, help_, name_, name_of(type_));
  begun_ = true;
  text_ += name_;
  text_ += suffix;
  char before = '{';
  const auto label = [&](std::string_view name, std::string_view value) {
    text_ += before;
    text_ += name;
    text_ += "=\"";
    append_value(text_, value);
    text_ += '"';
    before = ',';
  };
  for (const MetricLabel& each : labels) label(each.name, each.value);
  if (!le.empty()) label("le", le);
  text_ += before == ',' ? "} " : " ";
}

void PrometheusText::number(double value) {
  if (std::isfinite(value)) {
    fmt::format_to(std::back_inserter(text_), "{}\n", value);
  } else {
    text_ += std::isnan(value) ? "NaN\n" : value > 0 ? "+Inf\n" : "-Inf\n";
  }
}

void PrometheusText::sample(MetricLabels labels, std::uint64_t value) {
  begin({}, labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::sample(MetricLabels labels, std::int64_t value) {
  begin({}, labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::sample(MetricLabels labels, double value) {
  begin({}, labels);
  number(value);
}

void PrometheusText::histogram(MetricLabels labels, const HistogramSum& value) {
  static const std::vector<std::string> kEdgeTexts = [] {
    std::vector<std::string> texts;
    for (const Duration edge : prometheus_edges()) texts.push_back(fmt::format("{}", seconds(edge)));
    return texts;
  }();
  for (std::size_t i = 0; i < kEdgeTexts.size(); ++i) {
    begin("_bucket", labels, kEdgeTexts[i]);
    fmt::format_to(std::back_inserter(text_), "{}\n", value.count_up_to(prometheus_edges()[i]));
  }
  begin("_bucket", labels, "+Inf");
  fmt::format_to(std::back_inserter(text_), "{}\n", value.count());
  begin("_sum", labels);
  number(seconds(value.sum()));
  begin("_count", labels);
  fmt::format_to(std::back_inserter(text_), "{}\n", value.count());
}

}  // namespace rota
