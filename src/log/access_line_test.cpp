#include "log/access_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/utf8.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const AccessLogFormat kJson{};
const AccessLogFormat kText{.format = LogFormat::text};

std::string line_of(const AccessRecord& record, const AccessLogFormat& format = kJson, std::size_t size = kAccessBuffer) {
  std::string out(size, '#');
  return std::string(write_access_line(record, format, out));
}

AccessRecord whole_record() {
  return {.ts = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + 6h + 123456us},
          .request_id = "0198c0de-0000-7000-8000-000000000001",
          .client_ip = "192.0.2.1",
          .method = "GET",
          .host = "example.com",
          .path = "/a",
          .query = "?b=c",
          .status = 200,
          .duration = 1234567ns,
          .ttfb = 1100us,
          .connect_time = 87us,
          .attempts = 1,
          .service = "app",
          .instance = "127.0.0.1:9001",
          .bytes_out = 57,
          .user_agent = "curl/8.5.0 x y",
          .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"};
}

TEST(AccessLine, IsOneJsonObjectWithItsKeysInOrder) {
  EXPECT_EQ(
      line_of(whole_record()),
      R"({"ts":"2026-11-24T06:00:00.123Z","request_id":"0198c0de-0000-7000-8000-000000000001","client_ip":"192.0.2.1","method":"GET",)"
      R"("host":"example.com","path":"/a?b=c","status":200,"duration":0.001234,"ttfb":0.001100,"connect_time":0.000087,"attempts":1,)"
      R"("service":"app","instance":"127.0.0.1:9001","error":null,"bytes_in":0,"bytes_out":57,"user_agent":"curl/8.5.0 x y",)"
      R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})"
      "\n");
}

TEST(AccessLine, IsALineOfWordsForPeople) {
  EXPECT_EQ(
      line_of(whole_record(), kText),
      "2026-11-24T06:00:00.123Z 200 GET example.com /a?b=c 1.2ms app 127.0.0.1:9001 client=192.0.2.1 attempts=1 ttfb=1.1ms connect=87us "
      "error=- in=0 out=57 id=0198c0de-0000-7000-8000-000000000001 trace=4bf92f3577b34da6a3ce929d0e0e4736 ua=\"curl/8.5.0 x y\"\n");
}

TEST(AccessLine, ShowsWhatIsAbsentAsAbsent) {
  EXPECT_EQ(line_of({.connect_time = -1ns}),
            R"({"ts":"1970-01-01T00:00:00.000Z","request_id":null,"client_ip":null,"method":null,"host":null,"path":null,"status":null,)"
            R"("duration":0.000000,"ttfb":null,"connect_time":null,"attempts":0,"service":null,"instance":null,"error":null,)"
            R"("bytes_in":0,"bytes_out":0,"user_agent":null,"trace_id":null})"
            "\n");
  EXPECT_EQ(line_of({.host = "-"}, kText),
            "1970-01-01T00:00:00.000Z - - \\x2d - 0us - - client=- attempts=0 ttfb=- connect=- error=- in=0 out=0 id=- trace=- ua=-\n");
}

TEST(AccessLine, IsNothingWhereTheLogIsOff) { EXPECT_EQ(line_of(whole_record(), {.format = LogFormat::off}), ""); }

TEST(AccessLine, ShowsDurationsAsPeopleSayThem) {
  const auto shown = [](Duration duration) {
    const std::string line = line_of({.ttfb = duration}, kText);
    const std::size_t at = line.find("ttfb=") + 5;
    return line.substr(at, line.find(' ', at) - at);
  };
  EXPECT_EQ(shown(999us), "999us");
  EXPECT_EQ(shown(1ms), "1.0ms");
  EXPECT_EQ(shown(999'999us), "999.9ms");
  EXPECT_EQ(shown(61s + 7ms), "61.007s");
  EXPECT_EQ(json::parse(line_of({.duration = 3600s + 1us}))["duration"], 3600.000001);
}

TEST(AccessLine, HidesTheValuesOfSecretHeadersWhateverTheirCase) {
  AccessRecord record;
  const std::vector<AccessHeader> headers{
      {"Authorization", "Bearer s3cret"}, {"cookie", "sid=s3cret"}, {"X-Tenant", "one"}, {"COOKIE2", ""}};
  record.headers = headers;
  const json line = json::parse(line_of(record));
  EXPECT_EQ(line["headers"].dump(), R"({"Authorization":"REDACTED","COOKIE2":null,"X-Tenant":"one","cookie":"REDACTED"})");
  EXPECT_TRUE(line_of(record, kText)
                  .ends_with(R"( header.Authorization="REDACTED" header.cookie="REDACTED" header.X-Tenant="one" header.COOKIE2=-)"
                             "\n"));
  EXPECT_EQ(json::parse(line_of(record, {.redact = {"x-tenant"}}))["headers"]["X-Tenant"], "REDACTED");
}

TEST(AccessLine, HidesTheQueryWhereThatIsAsked) {
  AccessLogFormat hiding{.redact_query = true};
  for (const LogFormat format : {LogFormat::json, LogFormat::text}) {
    hiding.format = format;
    const auto shown = [&](std::string_view path, std::string_view query) { return line_of({.path = path, .query = query}, hiding); };
    EXPECT_NE(shown("/a", "?token=s3cret").find("/a?REDACTED"), std::string::npos);
    EXPECT_NE(shown("/a?token=s3cret", "").find("/a?REDACTED"), std::string::npos) << "a target that was not parsed";
    EXPECT_EQ(shown("/a", "?token=s3cret").find("s3cret"), std::string::npos);
    EXPECT_EQ(shown("/a?token=s3cret", "").find("s3cret"), std::string::npos);
    EXPECT_EQ(shown("/a", "").find("REDACTED"), std::string::npos);
  }
}

// ---- Any bytes in every field.

// Mostly bytes that mean something to somebody.
std::string hostile(Rng& rng, std::size_t most) {
  static const std::vector<std::string> kPieces{"\"",
                                                "\\",
                                                "\n",
                                                "\r",
                                                "\t",
                                                " ",
                                                "=",
                                                std::string(1, '\0'),
                                                "\x1b[31m",
                                                "\x7f",
                                                "\xc3\xa9",
                                                "\xe2\x80\xa8",
                                                "\xf0\x9f\x98\x80",
                                                "\xff",
                                                "\xc3",
                                                "\xed\xa0\x80",
                                                "status=200",
                                                "plain text",
                                                "\"}",
                                                "\" ua=\"",
                                                " error=- ",
                                                "…"};
  std::string text;
  const std::size_t pieces = rng.below(most + 1);
  for (std::size_t i = 0; i < pieces; ++i)
    text += rng.below(3) == 0 ? std::string(1, static_cast<char>(rng.below(256))) : kPieces[rng.below(kPieces.size())];
  return text;
}

struct HostileRecord {
  std::array<std::string, 14> texts;
  std::vector<AccessHeader> headers;
  AccessRecord record;

  HostileRecord(Rng& rng, std::size_t most) {
    for (std::string& text : texts) text = hostile(rng, most);
    for (std::size_t i = rng.below(4); i > 0; --i) headers.push_back({texts[rng.below(14)], texts[rng.below(14)]});
    record = {.ts = WallTime{Duration{static_cast<std::int64_t>(rng.next())}},
              .request_id = texts[0],
              .client_ip = texts[1],
              .method = texts[2],
              .host = texts[3],
              .path = texts[4],
              .query = texts[5],
              .status = static_cast<std::uint16_t>(rng.next()),
              .duration = Duration{static_cast<std::int64_t>(rng.next())},
              .ttfb = Duration{static_cast<std::int64_t>(rng.next())},
              .connect_time = Duration{static_cast<std::int64_t>(rng.next())},
              .attempts = static_cast<std::uint32_t>(rng.next()),
              .service = texts[6],
              .instance = texts[7],
              .error = texts[8],
              .bytes_in = rng.next(),
              .bytes_out = rng.next(),
              .user_agent = texts[9],
              .trace_id = texts[10],
              .headers = headers};
  }
};

// What a JSON reader gets: the same characters, and each byte that is no UTF-8 as the character of that number.
std::string as_read(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    if (point.size == 0) {
      const auto byte = static_cast<unsigned char>(bytes[0]);
      text += static_cast<char>(0xc0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3f));
    } else {
      text += bytes.substr(0, point.size);
    }
    bytes.remove_prefix(std::max<std::size_t>(point.size, 1));
  }
  return text;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = decode_utf8(text).size;
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

bool is_one_line(std::string_view line) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return line.ends_with('\n') && std::ranges::count_if(line, is_control) == 1 && is_utf8(line);
}

TEST(AccessLine, StaysValidJsonAndKeepsEveryValueWhateverTheBytes) {
  Rng rng(1);
  for (int i = 0; i < 3000; ++i) {
    const HostileRecord hostile(rng, 8);
    const AccessRecord& record = hostile.record;
    const std::string line = line_of(record);
    ASSERT_TRUE(is_one_line(line)) << line;
    const json read = json::parse(line, nullptr, false);
    ASSERT_TRUE(read.is_object()) << line;
    const auto expect = [&](const char* key, std::string_view value, std::string_view behind = {}) {
      if (value.empty() && behind.empty()) {
        EXPECT_TRUE(read.at(key).is_null()) << key;
      } else {
        EXPECT_EQ(read.at(key).get<std::string>(), as_read(value) + as_read(behind)) << key;
      }
    };
    expect("request_id", record.request_id);
    expect("client_ip", record.client_ip);
    expect("method", record.method);
    expect("host", record.host);
    expect("path", record.path, record.query);
    expect("service", record.service);
    expect("instance", record.instance);
    expect("error", record.error);
    expect("user_agent", record.user_agent);
    expect("trace_id", record.trace_id);
    EXPECT_EQ(read.at("bytes_in"), record.bytes_in);
    EXPECT_EQ(read.at("attempts"), record.attempts);
    EXPECT_EQ(read.contains("headers"), !record.headers.empty());
  }
}

TEST(AccessLine, StaysValidWhenMuchTooLong) {
  Rng rng(2);
  for (int i = 0; i < 1000; ++i) {
    const HostileRecord hostile(rng, 3000);
    const std::size_t size = kShortestAccessBuffer + rng.below(kAccessBuffer - kShortestAccessBuffer + 1);
    const std::string line = line_of(hostile.record, kJson, size);
    ASSERT_LE(line.size(), size);
    ASSERT_TRUE(is_one_line(line)) << line;
    ASSERT_TRUE(json::accept(line)) << line;
    const std::string text = line_of(hostile.record, kText, size);
    ASSERT_LE(text.size(), size);
    ASSERT_TRUE(is_one_line(text)) << text;
  }
}

TEST(AccessLine, MarksWhatItCut) {
  AccessRecord record = whole_record();
  const std::string path = "/" + std::string(20'000, 'p');
  record.path = path;
  const json line = json::parse(line_of(record));
  EXPECT_TRUE(line["path"].get<std::string>().ends_with("ppp…"));
  EXPECT_EQ(line["user_agent"], record.user_agent) << "a long path leaves room for the others";
  const std::vector<AccessHeader> headers(20, {"x-long", path});
  record.headers = headers;
  const std::string whole = line_of(record);
  EXPECT_TRUE(whole.ends_with("…\",\"…\":null}}\n")) << whole;
  EXPECT_TRUE(line_of(record, kText).ends_with("…\" header.…=-\n"));
}

// Splitting at spaces outside quotes gives the same fields in the same order, whatever is in them.
TEST(AccessLine, LetsNoValueForgeAnotherFieldOfTheText) {
  const std::array<std::string_view, 18> kBegins{
      "", "", "", "", "", "", "", "", "client=", "attempts=", "ttfb=", "connect=", "error=", "in=", "out=", "id=", "trace=", "ua="};
  Rng rng(3);
  for (int i = 0; i < 3000; ++i) {
    const HostileRecord hostile(rng, i % 100 == 0 ? 3000 : 8);
    std::string line = line_of(hostile.record, kText);
    ASSERT_TRUE(is_one_line(line)) << line;
    ASSERT_TRUE(std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x7f; }) ||
                line.find("…") != std::string::npos);
    line.pop_back();
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (c == ' ' && !quoted) {
        fields.emplace_back();
      } else {
        fields.back() += c;
      }
    }
    ASSERT_FALSE(quoted) << line;
    ASSERT_GE(fields.size(), kBegins.size()) << line;
    for (std::size_t field = 0; field < fields.size(); ++field)
      ASSERT_TRUE(!fields[field].empty() && fields[field].starts_with(field < kBegins.size() ? kBegins[field] : "header.")) << line;
    if (i % 100 != 0) ASSERT_EQ(fields.size(), kBegins.size() + hostile.headers.size()) << line;
  }
}

}  // namespace
}  // namespace rota
