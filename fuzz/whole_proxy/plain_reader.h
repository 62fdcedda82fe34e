// HTTP/1.1 messages as somebody reads them who has nothing to do with rota's codec: whole strings, one rule after the other, nothing clever. What a judge
// of the proxy reads both ends by. It is strict about what frames a message (RFC 9112), and asks nothing of a target or a value that frames nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rota::plain {

enum class Ended : std::uint8_t {
  whole,      // to its last byte
  cut,        // what there is of it is right
  malformed,  // not HTTP from some byte on
};

struct Message {
  Ended ended = Ended::cut;
  bool has_head = false;           // all of it; else nothing but `first` can be said of the message
  std::string first;               // the first line
  std::vector<std::string> lines;  // its field lines, without their ends
  std::string body;                // what there is of it, out of its framing
  std::vector<std::string> trailers;
  bool until_close = false;  // the body has no other end than the connection's
  std::size_t begin = 0;     // of its first line, in the bytes it was read from
  std::size_t end = 0;       // as far as it was read; where it is whole, to its end

  // The first line's parts, by its spaces: of a request's three, the last is the version.
  std::string_view word(std::size_t i) const;
  // Of the lines named `name`, which is in lower case; '_' passes for '-'.
  std::size_t count(std::string_view name) const;
  std::string_view value(std::string_view name) const;  // of the last of them; empty: there is none
};

// Requests, one behind the other, from `at` on. A lone CRLF in front is passed over, where `forgiving`. `cut` with nothing in it: there is none.
Message read_request(std::string_view bytes, std::size_t at, bool forgiving);

// A response to a request of that method. `ended`: nothing comes behind `bytes`, and they were ended in order.
Message read_response(std::string_view bytes, std::size_t at, std::string_view method, bool ended);

// A request's target as an instance has to get it: without the scheme and the authority.
std::string origin_form(std::string_view target);
// The host that a request is for, in lower case; empty: it says none.
std::string host_of(const Message& request);

std::string lower(std::string_view text);
std::string_view name_of(std::string_view line);
std::string_view value_of(std::string_view line);
unsigned status_of(const Message& response);

}  // namespace rota::plain
