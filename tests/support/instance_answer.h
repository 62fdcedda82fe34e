// What the test instance answers: heads, and bodies that are made while they are sent. Nothing here knows a socket.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "load_body.h"
#include "text.h"

namespace instance {

using support::append_number;

inline std::string_view reason(unsigned status) {
  struct Entry {
    unsigned status;
    std::string_view reason;
  };
  static constexpr auto kReasons = std::to_array<Entry>({{100, "Continue"},
                                                         {103, "Early Hints"},
                                                         {200, "OK"},
                                                         {201, "Created"},
                                                         {204, "No Content"},
                                                         {302, "Found"},
                                                         {304, "Not Modified"},
                                                         {400, "Bad Request"},
                                                         {404, "Not Found"},
                                                         {413, "Content Too Large"},
                                                         {429, "Too Many Requests"},
                                                         {500, "Internal Server Error"},
                                                         {502, "Bad Gateway"},
                                                         {503, "Service Unavailable"},
                                                         {504, "Gateway Timeout"}});
  for (const Entry& entry : kReasons) {
    if (entry.status == status) return entry.reason;
  }
  return "Something";
}

inline constexpr std::string_view kDefaultBody = R"({"game":"Mobile Legends","gamerID":"GYUTDTE","points":20})";
static_assert(kDefaultBody.size() == 57);

inline constexpr std::string_view kText = "text/plain";

// How a body's end is told.
enum class Framing { none, length, chunked, close };

struct Head {
  unsigned status = 200;
  std::string_view type = kText;
  std::string_view name = {};  // of the instance
  Framing framing = Framing::length;
  std::uint64_t length = 0;
  bool close = false;
};

inline void append_head(std::string& out, const Head& head) {
  out.append("HTTP/1.1 ");
  append_number(out, head.status);
  out.append(" ").append(reason(head.status));
  if (head.framing != Framing::none) out.append("\r\nContent-Type: ").append(head.type);
  if (head.framing == Framing::length) {
    out.append("\r\nContent-Length: ");
    append_number(out, head.length);
  }
  if (head.framing == Framing::chunked) out.append("\r\nTransfer-Encoding: chunked");
  out.append("\r\nX-Instance: ").append(head.name);
  if (head.close) out.append("\r\nConnection: close");
  out.append("\r\n\r\n");
}

// A body of any size, made piece by piece, so that whoever reads it can check it: byte i is 'a' + i % 26, or the bytes are an id's own.
class GeneratedBody {
 public:
  bool active() const { return active_; }

  void start(std::uint64_t size, Framing framing, std::optional<support::IdBytes> bytes = {}) {
    bytes_ = bytes;
    position_ = 0;
    size_ = size;
    framing_ = framing;
    chunk_ = std::clamp<std::uint64_t>(size / 4 + 1, 1, kMaxChunk);  // even a small body comes in several chunks
    active_ = true;
  }

  void stop() { active_ = false; }

  // Appends until `out` holds `limit` bytes or the body is whole, with its last chunk where it has chunks.
  void fill(std::string& out, std::size_t limit) {
    while (position_ < size_ && out.size() < limit) {
      const std::uint64_t piece = std::min(size_ - position_, framing_ == Framing::chunked ? chunk_ : kMaxPiece);
      if (framing_ == Framing::chunked) append_number(out, piece, 16), out.append("\r\n");
      append_piece(out, piece);
      if (framing_ == Framing::chunked) out.append("\r\n");
    }
    if (position_ < size_) return;
    if (framing_ == Framing::chunked) out.append("0\r\n\r\n");
    active_ = false;
  }

 private:
  static constexpr std::uint64_t kMaxChunk = 4000;
  static constexpr std::uint64_t kMaxPiece = 16 * 1024;

  void append_piece(std::string& out, std::uint64_t count) {
    if (bytes_) {
      bytes_->append(out, position_, count);
    } else {
      append_pattern(out, count);
    }
    position_ += count;
  }

  void append_pattern(std::string& out, std::uint64_t count) {
    static const std::string pattern = [] {
      std::string text;
      while (text.size() < kMaxPiece + 26) text.append("abcdefghijklmnopqrstuvwxyz");
      return text;
    }();
    out.append(pattern, position_ % 26, count);
  }

  std::uint64_t position_ = 0, size_ = 0, chunk_ = 0;
  std::optional<support::IdBytes> bytes_;
  Framing framing_ = Framing::length;
  bool active_ = false;
};

}  // namespace instance
