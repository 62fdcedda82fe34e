// The lines of a head or trailer section as places in the bytes they were read from: no copy, no map. A few names are known, because a proxy must
// act on them; all others only pass through.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace rota::http {

enum class FieldId : std::uint8_t {
  other,
  host,
  connection,
  content_length,
  transfer_encoding,
  expect,
  te,
  trailer,
  upgrade,
  keep_alive,
  proxy_connection,
  proxy_authenticate,
  authorization,
  content_type,
  cookie,
  set_cookie,
  forwarded,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_proto,
  x_forwarded_port,
  x_forwarded_more,  // X-Forwarded-Prefix, -Server, -Ssl, ...: all of that name that is not above
  x_real_ip,
  x_request_id,
  proxy,  // which CGI would hand on as HTTP_PROXY
  twin,   // Content_Length, X_Forwarded_For, X.Real.IP, ...: many applications cannot tell it from the real one, so it never passes
};

struct Field {
  std::uint32_t name_at;
  std::uint32_t value_at;
  std::uint32_t value_size;
  std::uint16_t name_size;
  FieldId id;
  bool dropped;  // is not forwarded
};

// The fields of one section, in order. Lines are contiguous: one ends where the next begins, the last at `end_at`.
class FieldList {
 public:
  static constexpr std::size_t kMost = 128;

  FieldList() : size_(0) {}  // fields_ is left as it is: filled as far as size_ says

  void clear() { size_ = 0; }
  std::size_t size() const { return size_; }
  // Fields were written from end() on, up to `end`. At most kMost in all.
  void end_with(const Field* end) {
    CHECK(end >= begin() && end <= begin() + kMost);
    size_ = static_cast<std::uint32_t>(end - begin());
  }
  Field& operator[](std::size_t i) { return fields_[i]; }
  const Field& operator[](std::size_t i) const { return fields_[i]; }
  Field* begin() { return fields_.data(); }
  Field* end() { return fields_.data() + size_; }
  const Field* begin() const { return fields_.data(); }
  const Field* end() const { return fields_.data() + size_; }

  const char* base = nullptr;  // what the places count from; set when the section is complete
  std::uint32_t end_at = 0;    // just behind the last line

  std::string_view name(const Field& field) const { return {base + field.name_at, field.name_size}; }
  std::string_view value(const Field& field) const { return {base + field.value_at, field.value_size}; }

  // Calls `each(bytes)` for every run of lines that are forwarded, as they stand, with their CRLFs.
  template <class Each>
  void for_each_forwarded_run(Each each) const {
    std::size_t i = 0;
    while (i < size_) {
      if (fields_[i].dropped) {
        ++i;
        continue;
      }
      const std::uint32_t from = fields_[i].name_at;
      while (i < size_ && !fields_[i].dropped) ++i;
      const std::uint32_t to = i < size_ ? fields_[i].name_at : end_at;
      each(std::string_view{base + from, to - from});
    }
  }

 private:
  std::uint32_t size_;
  std::array<Field, kMost> fields_;
};

}  // namespace rota::http
