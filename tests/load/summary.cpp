#include "summary.h"

#include <algorithm>
#include <chrono>

namespace load {
namespace {

using namespace std::chrono_literals;

// How long after the run's time a request still counts as sent in it: what a busy machine may take from the client without making it another
// load. A client that is too slow all along, or stands in front of a server that is, falls behind by more.
constexpr Time kGrace = 1s;

std::vector<Time> latencies(const Outcome& outcome) {
  std::vector<Time> times;
  for (std::uint64_t n = 0; n < outcome.records.size(); ++n) {
    const Record& record = outcome.records[n];
    if (record.state == Record::State::answered) times.push_back(record.done - outcome.plan.due(n));
  }
  return times;
}

std::vector<Time> delays(const Outcome& outcome) {
  std::vector<Time> times;
  for (std::uint64_t n = 0; n < outcome.records.size(); ++n) {
    if (outcome.records[n].was_sent()) times.push_back(outcome.records[n].sent - outcome.plan.due(n));
  }
  return times;
}

}  // namespace

Samples::Samples(std::vector<Time> times) : sorted_(std::move(times)) { std::ranges::sort(sorted_); }

double Samples::at(std::uint64_t permille) const {
  if (sorted_.empty()) return 0;
  const std::uint64_t rank = (sorted_.size() * permille + 999) / 1000;  // the nearest one: no value is made up between two
  return std::chrono::duration<double, std::milli>(sorted_[std::max<std::uint64_t>(rank, 1) - 1]).count();
}

Summary::Summary(const Outcome& outcome) : due(outcome.plan.size()), latency(latencies(outcome)), late(delays(outcome)) {
  const Time end = outcome.plan.length() + kGrace;
  Time last{};
  for (std::uint64_t n = 0; n < outcome.records.size(); ++n) {
    const Record& record = outcome.records[n];
    if (outcome.plan.is_post(n)) ++posts;
    if (record.state == Record::State::answered) ++answered;
    if (record.state == Record::State::failed) ++failed;
    if (record.state == Record::State::unsent) ++unsent;
    if (!record.was_sent()) continue;
    ++sent;
    if (record.sent <= end) ++sent_in_time;
    last = std::max(last, record.sent);
  }
  reached = static_cast<double>(sent) / std::chrono::duration<double>(std::max(last, outcome.plan.length())).count();
}

int exit_code(const Outcome& outcome, const Summary& summary, const Check& check) {
  if (!summary.kept_its_rate()) return 2;
  // What the logs contradict is never allowed: their rules know already that requests may fail.
  if (!check.faults.empty()) return 1;
  return outcome.kinds.empty() || outcome.options.allow_failures ? 0 : 1;
}

}  // namespace load
