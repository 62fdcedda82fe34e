// The host that was found to be well-formed last: nearly all requests to one worker name the same one, and to see that it is the same costs a tenth of reading it by
// its grammar. It never decides anything that the grammar would decide otherwise.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "http/scan.h"

namespace rota::http {

// One worker's.
class HostMemo {
 public:
  static constexpr std::size_t kLongest = 64;  // longer ones are not kept

  // `host` has kScanSlack readable bytes behind it.
  bool is(std::string_view host) const { return host.size() == size_ && starts_alike(host.data(), bytes_.data(), size_); }
  // One that is well-formed.
  void keep(std::string_view host) {
    if (host.size() > kLongest) return;
    std::ranges::copy(host, bytes_.begin());
    size_ = host.size();
  }

 private:
  std::size_t size_ = 0;  // an empty host is none
  std::array<char, kLongest + kScanSlack> bytes_{};
};

}  // namespace rota::http
