// What rota decided, and why: each once in the log, and the last ones kept for the API. Control thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "log/log_level.h"

namespace rota {

struct Event {
  std::uint64_t id = 0;  // 1, 2, 3, …: also those that are not kept any more
  WallTime at{};
  LogLevel level = LogLevel::info;
  std::string type;                                          // a word of a fixed few: instance_failing, breaker_open, config_reloaded, …
  std::string service;                                       // both may be empty
  std::string instance;                                      // its identity
  std::string text;                                          // a sentence for people: what, which, why, with its numbers
  std::vector<std::pair<std::string, double>> numbers = {};  // the same for programs
};

class Events {
 public:
  static constexpr std::size_t kKept = 1000;
  // Where each goes besides.
  using Say = std::move_only_function<void(LogLevel, std::string_view)>;

  explicit Events(Say say) : say_(std::move(say)) {}

  // Its id is given here.
  void add(Event event);
  const std::deque<Event>& kept() const { return kept_; }
  std::uint64_t last_id() const { return last_id_; }

 private:
  Say say_;
  std::deque<Event> kept_;
  std::uint64_t last_id_ = 0;
};

}  // namespace rota
