// Any bytes in every field of an access record: each format stays one line of valid UTF-8 within its buffer, JSON stays JSON, and in text no value
// begins another field. The first four bytes choose the buffer's size, the numbers and what is hidden; the others are the fields, parted by '|'.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/utf8.h"
#include "log/access_line.h"

namespace {

using namespace rota;

constexpr std::size_t kPlan = 4;
constexpr std::size_t kTexts = 11;  // the record's own; what follows are names and values of headers
constexpr std::size_t kWords = 18;  // of a text line, without headers

std::string_view next_field(std::string_view& bytes) {
  const std::size_t end = std::min(bytes.find('|'), bytes.size());
  const std::string_view field = bytes.substr(0, end);
  bytes.remove_prefix(std::min(end + 1, bytes.size()));
  return field;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = decode_utf8(text).size;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void check_line(std::string_view line, std::size_t most) {
  CHECK(line.size() <= most && line.ends_with('\n'));
  CHECK(is_utf8(line));
  CHECK(std::ranges::count_if(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }) == 1);
}

void check_words(std::string_view line) {
  std::size_t words = 1;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] != ' ' || quoted) continue;
    ++words;
    CHECK(i + 1 < line.size() && line[i + 1] != ' ');
    CHECK(words <= kWords || line.substr(i + 1).starts_with("header."));
    CHECK(words != kWords || line.substr(i + 1).starts_with("ua="));
  }
  CHECK(!quoted && words >= kWords);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kPlan) return 0;
  const std::array<std::size_t, kPlan> plan{data[0], data[1], data[2], data[3]};
  std::string_view bytes(reinterpret_cast<const char*>(data) + kPlan, size - kPlan);
  std::array<std::string_view, kTexts> texts;
  for (std::string_view& text : texts) text = next_field(bytes);
  std::vector<AccessHeader> headers;
  while (!bytes.empty()) {
    const std::string_view name = next_field(bytes);
    headers.push_back({name, next_field(bytes)});
  }
  const auto number = (plan[1] << 8 | plan[2]) << (plan[3] & 0x20);
  const Duration duration{static_cast<std::int64_t>(number) * (plan[3] & 1 ? -1 : 1)};
  const AccessRecord record{.ts = WallTime{duration},
                            .request_id = texts[0],
                            .client_ip = texts[1],
                            .method = texts[2],
                            .host = texts[3],
                            .path = texts[4],
                            .query = texts[5],
                            .status = static_cast<std::uint16_t>(number),
                            .duration = duration,
                            .ttfb = duration,
                            .connect_time = -duration,
                            .attempts = static_cast<std::uint32_t>(number),
                            .service = texts[6],
                            .instance = texts[7],
                            .error = texts[8],
                            .bytes_in = number,
                            .bytes_out = ~number,
                            .user_agent = texts[9],
                            .trace_id = texts[10],
                            .headers = headers};
  AccessLogFormat format{.redact_query = (plan[3] & 2) != 0};
  // Of exactly that size, so that a byte too many is seen.
  std::vector<char> out(kShortestAccessBuffer + plan[0] * 28);
  const std::string_view line = write_access_line(record, format, out);
  check_line(line, out.size());
  CHECK(nlohmann::json::accept(line));
  format.format = LogFormat::text;
  const std::string_view text = write_access_line(record, format, out);
  check_line(text, out.size());
  check_words(text.substr(0, text.size() - 1));
  return 0;
}
