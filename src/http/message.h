// What request and response heads have in common: version, body framing, the rules of Connection and of the framing fields.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/field.h"

namespace rota::http {

// HTTP/1.x; anything above 1.1 is treated as 1.1 (RFC 9110 section 2.5).
enum class Version : std::uint8_t { http_1_0, http_1_1 };

enum class Framing : std::uint8_t {
  none,    // no body, not even an empty one to frame
  length,  // Content-Length
  chunked,
  until_close,  // responses only
};

struct Body {
  Framing framing = Framing::none;
  std::uint64_t length = 0;  // of Framing::length
};

struct HeadLimits {
  std::size_t bytes = 32 * 1024;  // of the whole head
  std::size_t fields = 100;       // FieldList::kMost where that is less
};

// What Connection said. Names beyond `kMost` make a message invalid: nobody honest lists more.
struct ConnectionOptions {
  static constexpr std::size_t kMost = 8;
  ConnectionOptions() {}  // listed is left as it is: filled as far as listed_count says
  bool close = false;
  bool keep_alive = false;
  bool upgrade = false;
  std::uint8_t listed_count = 0;
  std::array<std::string_view, kMost> listed;

  // False: not a list of tokens, or too many.
  bool read(std::string_view value);
};

// 1*DIGIT without leading zeros, below 2^63: what every recipient reads the same way.
std::optional<std::uint64_t> read_content_length(std::string_view value);

enum class TransferCoding : std::uint8_t { chunked, unknown, invalid };
// The value of the only Transfer-Encoding line. `unknown`: well-formed, but not chunked alone.
TransferCoding read_transfer_encoding(std::string_view value);

// A set of known fields, as one number.
template <class... Ids>
constexpr std::uint32_t field_set(Ids... ids) {
  return ((1U << static_cast<unsigned>(ids)) | ...);
}
constexpr bool is_in(std::uint32_t set, FieldId id) { return ((set >> static_cast<unsigned>(id)) & 1) != 0; }

// What only concerns one connection (RFC 9110 section 7.6.1) and never passes.
inline constexpr std::uint32_t kHopByHop =
    field_set(FieldId::connection, FieldId::keep_alive, FieldId::proxy_connection, FieldId::proxy_authenticate, FieldId::te,
              FieldId::transfer_encoding, FieldId::upgrade);

// Marks what Connection listed as dropped too, except every known name: a sender must not be able to have those removed.
void drop_listed(FieldList& fields, const ConnectionOptions& connection);

}  // namespace rota::http
