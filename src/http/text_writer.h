// Appends text to memory that somebody else owns. Running out of it is a broken invariant, not a case: whoever hands over the memory has sized it.
#pragma once

#include <cstring>
#include <span>
#include <string_view>

#include "base/check.h"

namespace rota::http {

class TextWriter {
 public:
  explicit TextWriter(std::span<char> to) : begin_(to.data()), at_(to.data()), end_(to.data() + to.size()) {}

  // One behind the other, all or none: the room is asked for once.
  template <class... Texts>
  void append(const Texts&... texts) {
    CHECK((std::string_view(texts).size() + ...) <= static_cast<std::size_t>(end_ - at_));
    char* at = at_;  // a member would be written back behind every byte
    ((at = copy(at, texts)), ...);
    at_ = at;
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  static char* copy(char* to, std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());  // an empty view may have no place at all
    return to + text.size();
  }
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace rota::http
