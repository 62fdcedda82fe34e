#include "log/event_log.h"

#include <array>

#include "log/line_buffer.h"

namespace rota {
namespace {

constexpr std::string_view prefix_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "rota: debug: ";
    case LogLevel::info:
      return "rota: ";
    case LogLevel::warn:
      return "rota: warning: ";
    case LogLevel::error:
      return "rota: error: ";
  }
  return "rota: ";
}

constexpr std::size_t kAround = 32;  // the prefix and the line's end

}  // namespace

void EventLog::say(LogLevel level, std::string_view text) {
  if (!says(level)) return;
  std::array<char, 4096> bytes;
  LineBuffer line(bytes, kAround);
  line.raw(prefix_of(level));
  line.value(Escape::prose, text);
  line.raw("\n");
  const std::scoped_lock lock(mutex_);
  writer_.push(ring_, line.text());
}

}  // namespace rota
