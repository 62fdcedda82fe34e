// The names that are known: a table, behind a filter that most others end at.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "http/field.h"

namespace rota::http {

namespace field_names_detail {

struct Known {
  std::string_view name;  // lower case
  FieldId id;
};

inline constexpr Known kKnown[] = {
    {"te", FieldId::te},
    {"host", FieldId::host},
    {"proxy", FieldId::proxy},
    {"expect", FieldId::expect},
    {"cookie", FieldId::cookie},
    {"upgrade", FieldId::upgrade},
    {"trailer", FieldId::trailer},
    {"forwarded", FieldId::forwarded},
    {"x-real-ip", FieldId::x_real_ip},
    {"connection", FieldId::connection},
    {"keep-alive", FieldId::keep_alive},
    {"set-cookie", FieldId::set_cookie},
    {"content-type", FieldId::content_type},
    {"x-request-id", FieldId::x_request_id},
    {"authorization", FieldId::authorization},
    {"content-length", FieldId::content_length},
    {"x-forwarded-for", FieldId::x_forwarded_for},
    {"x-forwarded-host", FieldId::x_forwarded_host},
    {"x-forwarded-port", FieldId::x_forwarded_port},
    {"proxy-connection", FieldId::proxy_connection},
    {"transfer-encoding", FieldId::transfer_encoding},
    {"x-forwarded-proto", FieldId::x_forwarded_proto},
    {"proxy-authenticate", FieldId::proxy_authenticate},
};

// X-Forwarded-* of any kind, which may go on as it likes.
inline constexpr std::string_view kForwarded = "x-forwarded-";

constexpr std::size_t kLengths = 32;  // a longer name is filtered as one of 31
constexpr std::uint32_t letter_bit(char c) { return 1U << (static_cast<unsigned char>(c) & 31U); }

// For each length, the first letters that known names of it have.
constexpr std::array<std::uint32_t, kLengths> make_first_letters() {
  std::array<std::uint32_t, kLengths> letters{};
  for (const Known& known : kKnown) letters[known.name.size()] |= letter_bit(known.name.front());
  for (std::size_t size = kForwarded.size() + 1; size < kLengths; ++size) letters[size] |= letter_bit(kForwarded.front());
  return letters;
}
inline constexpr auto kFirstLetters = make_first_letters();

FieldId look_up(std::string_view name);

}  // namespace field_names_detail

// For a name of letters, digits and '-' alone, with 8 readable bytes behind it.
inline FieldId identify_exactly(std::string_view name) {
  using namespace field_names_detail;
  const std::size_t size = name.size() < kLengths ? name.size() : kLengths - 1;
  if ((kFirstLetters[size] & letter_bit(name.front())) == 0) [[likely]]
    return FieldId::other;
  return look_up(name);
}

// For any token: one that is known but for its underscores is a twin.
FieldId identify_uncommon(std::string_view name);

}  // namespace rota::http
