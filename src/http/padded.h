// A copy of some bytes in a heap block of exactly their size and the slack that a scan may load: for texts that came by another way than a buffer, and for
// tests and fuzzers, where a sanitizer then sees whoever reads on.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "http/scan.h"

namespace rota::http {

class Padded {
 public:
  // `slack`: what the bytes behind are; nothing may depend on it.
  explicit Padded(std::string_view text, char slack = '\n')
      : size_(text.size()), bytes_(std::make_unique_for_overwrite<char[]>(text.size() + kScanSlack)) {
    if (!text.empty()) std::memcpy(bytes_.get(), text.data(), text.size());
    std::memset(bytes_.get() + size_, slack, kScanSlack);
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  std::span<char> bytes() { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace rota::http
