#include "log/log_pump.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace rota {
namespace {

// 1234567 as 1,234,567: such counts are read by people in a hurry.
std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string lines_were(std::uint64_t number) {
  if (number == 0) return "no line was";
  return number == 1 ? "1 line was" : with_commas(number) + " lines were";
}

bool takes(const LogSink& sink) { return !sink.is_blocked() && sink.failure() == 0; }

}  // namespace

std::size_t LogPump::add_sink(std::unique_ptr<LogSink> sink, std::string title) {
  lanes_.push_back({.sink = std::move(sink), .title = std::move(title), .rings = {}});
  return lanes_.size() - 1;
}

LogRing& LogPump::add_ring(std::size_t sink, std::size_t capacity) {
  return *lanes_.at(sink).rings.emplace_back(std::make_unique<LogRing>(capacity));
}

bool LogPump::turn(TimePoint now) {
  bool more = false;
  for (Lane& lane : lanes_) {
    if (turn_lane(lane, now)) more = true;
  }
  for (Lane& lane : lanes_) report_on(lane, now);
  return more;
}

// Once around its rings and one writing: as much as a sink holds, so that the others have their turn soon.
bool LogPump::turn_lane(Lane& lane, TimePoint now) {
  bool left = false;
  for (std::size_t i = 0; i < lane.rings.size(); ++i) {
    LogRing& ring = *lane.rings[(lane.first_ring + i) % lane.rings.size()];
    // What a producer adds meanwhile is for a later turn: only a lack of room is a reason to come back at once.
    if (!lane.sink->take_from(ring)) left = true;
  }
  if (!lane.rings.empty()) lane.first_ring = (lane.first_ring + 1) % lane.rings.size();
  lane.sink->write(now);
  return left && takes(*lane.sink);
}

void LogPump::report_on(Lane& lane, TimePoint now) {
  if (!report_) return;
  const int failure = lane.sink->failure();
  if (failure != 0 && lane.said_failure == 0) {
    report_(LogLevel::warn, fmt::format("{}: cannot write {}: {}; lines are dropped until it can", lane.title, lane.sink->name(),
                                        std::generic_category().message(failure)));
  } else if (failure == 0 && lane.said_failure != 0 && !lane.sink->is_blocked()) {
    const std::uint64_t all = dropped(lane);
    report_(LogLevel::info,
            fmt::format("{}: {} writes again; {} dropped", lane.title, lane.sink->name(), lines_were(all - lane.said_dropped)));
    lane.said_dropped = all;
  }
  if (failure != 0 || !lane.sink->is_blocked()) lane.said_failure = failure;
  if (lane.said_failure != 0) return;
  if (now < lane.say_dropped_at || dropped(lane) == lane.said_dropped) return;
  report_dropped(lane);
  lane.say_dropped_at = now + kReportEvery;
}

void LogPump::report_dropped(Lane& lane) {
  const std::uint64_t all = dropped(lane);
  const std::string what = fmt::format("{}: {} dropped", lane.title, lines_were(all - lane.said_dropped));
  // Where it fails, why has been said.
  report_(LogLevel::warn, lane.said_failure != 0 ? what : fmt::format("{}: {} does not take them fast enough", what, lane.sink->name()));
  lane.said_dropped = all;
}

void LogPump::report_rest() {
  if (!report_) return;
  for (Lane& lane : lanes_) {
    if (dropped(lane) != lane.said_dropped) report_dropped(lane);
  }
}

bool LogPump::has_work() const {
  return std::ranges::any_of(lanes_, [](const Lane& lane) {
    return takes(*lane.sink) && std::ranges::any_of(lane.rings, [](const auto& ring) { return !ring->is_empty(); });
  });
}

bool LogPump::is_finished() const {
  return std::ranges::all_of(lanes_, [](const Lane& lane) {
    if (lane.sink->failure() != 0) return true;
    return !lane.sink->has_pending() && std::ranges::all_of(lane.rings, [](const auto& ring) { return ring->is_empty(); });
  });
}

std::vector<int> LogPump::blocked_fds() const {
  std::vector<int> fds;
  for (const Lane& lane : lanes_) {
    if (lane.sink->is_blocked()) fds.push_back(lane.sink->fd());
  }
  return fds;
}

TimePoint LogPump::wake_at(TimePoint now) const {
  TimePoint earliest = TimePoint::max();
  for (const Lane& lane : lanes_) {
    if (lane.sink->failure() != 0) earliest = std::min(earliest, lane.sink->retry_at());
    if (lane.sink->is_blocked()) earliest = std::min(earliest, now + kLookEvery);
    const bool has_to_say = report_ && lane.said_failure == 0 && dropped(lane) != lane.said_dropped;
    if (has_to_say) earliest = std::min(earliest, lane.say_dropped_at);
  }
  return earliest;
}

void LogPump::reopen() {
  for (const Lane& lane : lanes_) {
    const auto reopened = lane.sink->reopen();
    if (!reopened && report_) report_(LogLevel::error, fmt::format("{}: {}; the old file is kept", lane.title, reopened.error()));
  }
}

std::uint64_t LogPump::dropped(const Lane& lane) {
  std::uint64_t sum = 0;
  for (const auto& ring : lane.rings) sum += ring->dropped();
  return sum;
}

std::uint64_t LogPump::dropped(std::size_t sink) const { return dropped(lanes_.at(sink)); }

std::uint64_t LogPump::unwritten_lines() const {
  std::uint64_t sum = 0;
  for (const Lane& lane : lanes_) {
    for (const auto& ring : lane.rings) sum += ring->pushed();
    sum -= lane.sink->written_lines();
  }
  return sum;
}

}  // namespace rota
