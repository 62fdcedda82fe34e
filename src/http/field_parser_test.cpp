#include "http/field_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "http/padded.h"

namespace rota::http {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMost = FieldList::kMost;

FieldId id_of(std::string_view name) {
  const Padded padded(std::string(name) + ": v\r\n", 'x');
  std::uint32_t position = 0;
  FieldList fields;
  EXPECT_EQ(read_field_lines(padded.view(), position, fields, kMost), Lines::more) << name;
  EXPECT_EQ(position, padded.view().size()) << name;
  EXPECT_EQ(fields.size(), 1u) << name;
  Field& field = fields[0];
  EXPECT_EQ(padded.view().substr(field.name_at, field.name_size), name);
  EXPECT_EQ(padded.view().substr(field.value_at, field.value_size), "v") << name;
  EXPECT_FALSE(field.dropped);
  return identify(padded.view(), field);
}

const std::pair<std::string, FieldId> kKnown[] = {
    {"host", FieldId::host},
    {"connection", FieldId::connection},
    {"content-length", FieldId::content_length},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"expect", FieldId::expect},
    {"te", FieldId::te},
    {"trailer", FieldId::trailer},
    {"upgrade", FieldId::upgrade},
    {"keep-alive", FieldId::keep_alive},
    {"proxy-connection", FieldId::proxy_connection},
    {"proxy-authenticate", FieldId::proxy_authenticate},
    {"authorization", FieldId::authorization},
    {"content-type", FieldId::content_type},
    {"cookie", FieldId::cookie},
    {"set-cookie", FieldId::set_cookie},
    {"forwarded", FieldId::forwarded},
    {"x-forwarded-for", FieldId::x_forwarded_for},
    {"x-forwarded-host", FieldId::x_forwarded_host},
    {"x-forwarded-proto", FieldId::x_forwarded_proto},
    {"x-forwarded-port", FieldId::x_forwarded_port},
    {"x-forwarded-prefix", FieldId::x_forwarded_more},
    {"x-forwarded-x", FieldId::x_forwarded_more},
    {"proxy", FieldId::proxy},
    {"x-real-ip", FieldId::x_real_ip},
    {"x-request-id", FieldId::x_request_id},
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

TEST(FieldName, IsKnownInAnyCase) {
  for (const auto& [name, id] : kKnown) {
    std::string upper = name;
    std::string mixed = name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (!is_letter(name[i])) continue;
      upper[i] = static_cast<char>(name[i] - 0x20);
      if (i % 2 == 0) mixed[i] = upper[i];
    }
    EXPECT_EQ(id_of(name), id) << name;
    EXPECT_EQ(id_of(upper), id) << upper;
    EXPECT_EQ(id_of(mixed), id) << mixed;
  }
}

// What a name is that is not known as it stands: nothing to rota, unless it begins like those that say whom a request was forwarded for, or would be known with
// dashes for all that is neither letter nor digit.
FieldId id_of_unknown(std::string name) {
  bool is_twin = false;
  for (char& c : name) {
    if (is_letter(c)) {
      c = static_cast<char>(c | 0x20);
    } else if (c != '-' && !(c >= '0' && c <= '9')) {
      c = '-';
      is_twin = true;
    }
  }
  const bool is_known = std::ranges::any_of(kKnown, [&name](const auto& known) { return known.first == name; });
  const bool is_forwarded = name.starts_with("x-forwarded-") && name.size() > 12;
  if (is_twin) return is_known || is_forwarded ? FieldId::twin : FieldId::other;
  return is_forwarded ? FieldId::x_forwarded_more : FieldId::other;
}

// Another byte anywhere, one byte less or more: a name that means nothing to rota. Bytes that differ from a letter in its fifth bit only,
// too.
TEST(FieldName, IsAnotherWhereOneByteDiffers) {
  for (const auto& [name, id] : kKnown) {
    EXPECT_EQ(id_of(name + "s"), id_of_unknown(name + "s")) << name;
    EXPECT_EQ(id_of("x" + name), FieldId::other) << name;
    if (name.size() > 1) EXPECT_EQ(id_of(name.substr(1)), FieldId::other) << name;
    for (std::size_t i = 0; i < name.size(); ++i) {
      for (const char c : "!#$%&'*+-.^`|~0189azAZqx"sv) {
        if (c == name[i] || (is_letter(c) && (c | 0x20) == name[i])) continue;
        std::string other = name;
        other[i] = c;
        if (other == "x-forwarded-port" || other == "x-forwarded-host") continue;
        EXPECT_EQ(id_of(other), id_of_unknown(other)) << other;
      }
    }
  }
}

// Applications that see names as variables cannot tell `-` and `_`, nor all of them `.`.
TEST(FieldName, WithAnUnderscoreForADashIsATwin) {
  for (const auto& [name, id] : kKnown) {
    for (std::size_t dash = name.find('-'); dash != std::string::npos; dash = name.find('-', dash + 1)) {
      std::string one = name;
      for (const char other : {'.', '~', '_'}) {
        one[dash] = other;
        EXPECT_EQ(id_of(one), FieldId::twin) << one;
      }
      one[0] = static_cast<char>(one[0] - 0x20);
      EXPECT_EQ(id_of(one), FieldId::twin) << one;
    }
    EXPECT_EQ(id_of(name + "_"), id_of_unknown(name + "_")) << name;
    EXPECT_EQ(id_of("_" + name), FieldId::other) << name;
  }
  for (const char* name :
       {"my_field", "_", "x_forwarded", "content_lengths", "a_very_long_name_that_nobody_knows", "transfer.encodings", "content_length~"}) {
    EXPECT_EQ(id_of(name), FieldId::other) << name;
  }
}

TEST(FieldLine, IsFoundWhateverTheLengthOfItsNameAndValue) {
  for (std::size_t name_size = 1; name_size < 70; ++name_size) {
    for (std::size_t value_size = 0; value_size < 40; ++value_size) {
      const std::string name(name_size, name_size % 7 == 0 ? '~' : 'n');
      const std::string value(value_size, 'v');
      for (const char* space : {"", " ", "\t", "  \t "}) {
        const Padded padded(name + ":" + space + value + space + "\r\nnext");
        std::uint32_t position = 0;
        FieldList fields;
        ASSERT_EQ(read_field_lines(padded.view(), position, fields, kMost), Lines::more) << padded.view();
        ASSERT_EQ(fields.size(), 1u);
        const Field& field = fields[0];
        EXPECT_EQ(padded.view().substr(field.name_at, field.name_size), name);
        EXPECT_EQ(padded.view().substr(field.value_at, field.value_size), value);
        EXPECT_EQ(padded.view().substr(position), "next");
      }
    }
  }
}

// Whatever stands in the slack behind: were it the line's missing end, it would still be missing.
TEST(FieldLine, DoesNotTakeItsEndFromBehindTheBytes) {
  const std::string_view line = "Content-Length: 5\r\n";
  for (std::size_t size = 0; size < line.size(); ++size) {
    for (const char slack : {'\r', '\n', ':', ' ', 'a', '\0'}) {
      const Padded padded(line.substr(0, size), slack);
      std::uint32_t position = 0;
      FieldList fields;
      EXPECT_EQ(read_field_lines(padded.view(), position, fields, kMost), Lines::more) << size << " before " << static_cast<int>(slack);
      EXPECT_EQ(position, 0u);
      EXPECT_EQ(fields.size(), 0u);
    }
  }
  for (const char slack : {'\n', 'x'}) {
    std::uint32_t position = 0;
    FieldList fields;
    EXPECT_EQ(read_field_lines(Padded("", slack == 'x' ? '\r' : slack).view(), position, fields, kMost), Lines::more);
    EXPECT_EQ(read_field_lines(Padded("\r", slack).view(), position, fields, kMost), Lines::more);
    EXPECT_EQ(read_field_lines(Padded("\r\n", slack).view(), position, fields, kMost), Lines::end);
    EXPECT_EQ(position, 2u);
  }
}

TEST(FieldLine, RefusesANameThatNoFieldCanHold) {
  const std::string largest(0xffff, 'n');
  std::uint32_t position = 0;
  FieldList fields;
  EXPECT_EQ(read_field_lines(Padded(largest + ":v\r\n").view(), position, fields, kMost), Lines::more);
  ASSERT_EQ(fields.size(), 1u);
  EXPECT_EQ(fields[0].name_size, 0xffff);
  position = 0;
  EXPECT_EQ(read_field_lines(Padded(largest + "n:v\r\n").view(), position, fields, kMost), Lines::invalid);
}

TEST(FieldLines, GoOnWhereTheyStoppedAndStopAtTheMost) {
  const Padded whole("a: 1\r\nb: 2\r\nc: 3\r\n\r\nd: 4\r\n");
  for (std::size_t size = 0; size < 20; ++size) {
    std::uint32_t position = 0;
    FieldList fields;
    EXPECT_EQ(read_field_lines(Padded(whole.view().substr(0, size)).view(), position, fields, kMost), Lines::more) << size;
    EXPECT_EQ(fields.size(), size / 6) << size;
    EXPECT_EQ(read_field_lines(whole.view(), position, fields, kMost), Lines::end) << size;
    EXPECT_EQ(fields.size(), 3u) << size;
    EXPECT_EQ(position, 20u) << size;
  }
  std::uint32_t position = 0;
  FieldList fields;
  EXPECT_EQ(read_field_lines(whole.view(), position, fields, 2), Lines::too_many);
  EXPECT_EQ(fields.size(), 2u);
  position = 0;
  fields.clear();
  EXPECT_EQ(read_field_lines(whole.view(), position, fields, 3), Lines::end);
}

TEST(FieldLines, MayBeAsManyAsAListHolds) {
  std::string text;
  for (std::size_t i = 0; i < FieldList::kMost; ++i) text += "a: 1\r\n";
  std::uint32_t position = 0;
  FieldList fields;
  EXPECT_EQ(read_field_lines(Padded(text + "\r\n").view(), position, fields, kMost), Lines::end);
  EXPECT_EQ(fields.size(), kMost);
  position = 0;
  fields.clear();
  EXPECT_EQ(read_field_lines(Padded(text + "a: 1\r\n\r\n").view(), position, fields, kMost), Lines::too_many);
}

}  // namespace
}  // namespace rota::http
