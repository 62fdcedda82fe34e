// What a client makes of the bytes that it has received: answers, one behind the other, each whole or seen to be cut. Independent of rota's codec.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace rota::test {

struct ReceivedAnswer {
  int status = 0;
  std::string head;  // with its empty line; without where it was cut
  std::string body;  // out of its framing
  bool whole = false;

  bool is_rotas() const;
  // Of the first line of that name; empty: there is none.
  std::string_view field(std::string_view name) const;
};

struct Received {
  std::vector<ReceivedAnswer> interims;
  std::vector<ReceivedAnswer> finals;  // behind one that is cut there is none
};

// `method`: of the first request; the others are GETs. `end`: how the connection ended, where it did: that is the end of a body without another.
Received read_answers(std::string_view bytes, std::string_view method, std::optional<ErrorCode> end);

}  // namespace rota::test
