// Prometheus' text format, version 0.0.4: families of samples, in the order in which they are given. It escapes; it does not check names.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/histogram.h"

namespace rota {

struct MetricLabel {
  std::string_view name;
  std::string_view value;  // any bytes: what is no UTF-8 becomes U+FFFD, and much of it is cut
};
using MetricLabels = std::initializer_list<MetricLabel>;

enum class MetricType : std::uint8_t { counter, gauge, histogram };

class PrometheusText {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
  static constexpr std::size_t kLongestValue = 1024;  // bytes of a label's value

  // What follows belongs to it. Its HELP and TYPE are written with its first sample: one without any is not there. `name` and `help` are literals.
  void family(std::string_view name, MetricType type, std::string_view help);

  void sample(MetricLabels labels, std::uint64_t value);
  void sample(MetricLabels labels, std::int64_t value);
  void sample(MetricLabels labels, double value);
  // Of a histogram's family: its buckets, at prometheus_edges(), its sum in seconds and its count.
  void histogram(MetricLabels labels, const HistogramSum& value);

  std::string take() { return std::move(text_); }

 private:
  // "name_suffix{labels} "; `le` is one more label, empty: it has none.
  void begin(std::string_view suffix, MetricLabels labels, std::string_view le = {});
  void number(double value);

  std::string text_;
  std::string_view name_;
  std::string_view help_;
  MetricType type_ = MetricType::counter;
  bool begun_ = false;  // its HELP and TYPE are written
};

}  // namespace rota
