// What the two formats of the access log share: what of a record may be shown, and how long its parts may be. For access_*.cpp only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "log/access_line.h"
#include "log/line_buffer.h"

namespace rota {

// Everything in a line but its values: names, punctuation, numbers at their longest, and a cut mark for each value. JSON, the longer of the two
// formats, has at most 450 bytes of it.
inline constexpr std::size_t kAccessFixed = 512;
static_assert(kAccessFixed < kShortestAccessBuffer);

// How long a value may be when shown. Together they leave a fifth of kAccessBuffer to the headers.
inline constexpr std::size_t kMostWord = 128;
inline constexpr std::size_t kMostHost = 512;
inline constexpr std::size_t kMostTarget = 3072;
inline constexpr std::size_t kMostUserAgent = 1024;
inline constexpr std::size_t kMostHeader = 1024;

struct ShownTarget {
  std::string_view path;
  std::string_view query;
};

ShownTarget shown_target(const AccessRecord& record, const AccessLogFormat& format);
std::string_view shown_value(const AccessHeader& header, const AccessLogFormat& format);

// RFC 3339 in UTC with milliseconds.
void write_time(LineBuffer& line, WallTime time);

// A negative duration says that there was none, as an empty optional does.
inline bool is_there(const std::optional<Duration>& duration) { return duration && *duration >= Duration::zero(); }
inline std::uint64_t to_us(Duration duration) { return static_cast<std::uint64_t>(duration / std::chrono::microseconds{1}); }

std::string_view write_json_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out);
std::string_view write_text_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out);

}  // namespace rota
