// The chunked transfer coding (RFC 9112 section 7.1), decoded in place and strictly: no white space, no bare CR or LF, extensions only where they are
// grammatical (and then forgotten), trailers kept. Sans-IO; bytes may be split anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "http/field.h"
#include "http/message.h"

namespace rota::http {

class ChunkedDecoder {
 public:
  // Whose body: a request's is also held to an overhead budget, so that a million one-byte chunks are an error and not a day's work.
  enum class Side : std::uint8_t { request, response };

  ChunkedDecoder(Side side, const HeadLimits& trailer_limits) : side_(side), trailer_limits_(trailer_limits) {}

  struct Step {
    std::size_t payload;  // this many decoded bytes now stand at the front of `bytes`
    std::size_t used;     // this many of `bytes` are done with
  };
  // Decodes as far as `bytes` goes. What is left unused before the end is an unfinished trailer section: it must be handed in again with more behind
  // it, at the front. kScanSlack bytes behind `bytes` are readable. Errors: bad_request or header_section_too_large, with Blame of its side.
  Result<Step> decode(std::span<char> bytes);

  // The last chunk and its trailers are read; what is behind them is not of this body.
  bool is_done() const { return state_ == State::done; }
  // Valid after the decode() that ended it, as long as its bytes are. Those that must not come as trailers are marked dropped.
  const FieldList& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    size_lf,
    extension_name_first,
    extension_name,
    extension_value_first,
    extension_token,
    extension_quoted,
    extension_escape,
    extension_quoted_end,
    data,
    data_cr,
    data_lf,
    trailers,
    done,
  };

  bool take(char c);  // one byte of a chunk's frame; false: not grammatical
  bool end_of_size(char c);
  Result<std::size_t> read_trailers(std::span<const char> bytes);
  bool within_budget() const;
  std::unexpected<Error> refused(ErrorCode code = ErrorCode::bad_request) const;

  Side side_;
  State state_ = State::size_first;
  std::uint8_t digits_ = 0;
  HeadLimits trailer_limits_;
  std::uint64_t left_ = 0;        // of the present chunk
  std::uint64_t payload_ = 0;     // so far
  std::uint64_t overhead_ = 0;    // frame bytes so far
  std::uint64_t extensions_ = 0;  // of these, extension bytes
  FieldList trailers_;
};

// The frame that rota puts around a piece of `size` bytes, in hexadecimal, with its CRLF; behind the piece comes another CRLF.
class ChunkFrame {
 public:
  // Valid as long as this, until it is made anew.
  std::string_view make(std::uint64_t size);

 private:
  char text_[18];
};

}  // namespace rota::http
