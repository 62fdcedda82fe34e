// One request as one line of the access log, in JSON or as text for people. Always valid and always one line, whatever bytes a client sent; no
// longer than the buffer; without an allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "log/log_ring.h"

namespace rota {

enum class LogFormat : std::uint8_t { json, text, off };
inline constexpr std::array<std::string_view, 3> kLogFormatNames{"json", "text", "off"};

// More than this many fields are not worth their place in a line.
inline constexpr std::size_t kMostAccessHeaders = 16;

struct AccessHeader {
  std::string_view name;
  std::string_view value;
};

// An empty text and an absent duration are null in JSON and "-" in text. Everything needs to be valid only during the call.
struct AccessRecord {
  WallTime ts{};
  std::string_view request_id{};
  std::string_view client_ip{};
  std::string_view method{};
  std::string_view host{};
  std::string_view path{};
  std::string_view query{};  // with its '?'
  std::uint16_t status = 0;  // 0: no answer was sent
  Duration duration{};
  std::optional<Duration> ttfb{};
  std::optional<Duration> connect_time{};
  std::uint32_t attempts = 0;
  std::string_view service{};
  std::string_view instance{};
  std::string_view error{};  // an RFC 9209 token
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::string_view user_agent{};
  std::string_view trace_id{};
  std::span<const AccessHeader> headers{};  // more fields that the operator asked for; each name once
};

struct AccessLogFormat {
  LogFormat format = LogFormat::json;
  bool redact_query = false;
  // Names of header fields, lower case, whose values are shown as REDACTED.
  std::vector<std::string> redact{"authorization", "cookie", "proxy-authorization", "set-cookie"};
};

inline constexpr std::size_t kShortestAccessBuffer = 1024;
inline constexpr std::size_t kAccessBuffer = LogRing::kLongestLine;

// Writes into `out`, of kShortestAccessBuffer bytes or more, and returns what it wrote: a line that ends with its only '\n', or nothing where
// the format is off. A value that is too long ends with "…"; headers that have no room any more are one named "…".
std::string_view write_access_line(const AccessRecord& record, const AccessLogFormat& format, std::span<char> out);

}  // namespace rota
