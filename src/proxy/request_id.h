// The name of a request in every log and error: a UUID of version 7 (RFC 9562), so that names sort by time.
#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"
#include "base/rng.h"

namespace rota {

class RequestId {
 public:
  RequestId(WallTime now, Rng& rng);
  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 36> text_;
};

}  // namespace rota
