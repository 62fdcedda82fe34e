// What load-client and test-instance agree on, so that a request or an answer that is not its own is seen: a hash of a body, the bytes that
// belong to one id, and the line with which an instance answers `/load/<id>`.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "text.h"

namespace support {

static_assert(std::endian::native == std::endian::little, "the hash reads words of memory");

// Each bit of the result depends on each bit of `x` (the last step of splitmix64).
inline std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// A hash of bytes, the same however they were split into pieces. Against mistakes, not against an adversary.
class BodyHash {
 public:
  void add(std::string_view piece) {
    size_ += piece.size();
    while (held_ > 0 && !piece.empty()) hold(piece);
    for (; piece.size() >= kWord; piece.remove_prefix(kWord)) {
      std::uint64_t word;
      std::memcpy(&word, piece.data(), kWord);
      take(word);
    }
    while (!piece.empty()) hold(piece);
  }

  std::uint64_t value() const { return mixed((held_ > 0 ? after(word_) : state_) ^ size_); }

  // 16 hex digits, or '-' where there was no body at all.
  std::string text() const { return text(value(), size_); }

  static std::string text(std::uint64_t value, std::uint64_t size) {
    if (size == 0) return "-";
    std::string digits;
    append_number(digits, value, 16);
    return std::string(16 - digits.size(), '0') + digits;
  }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);

  void hold(std::string_view& piece) {
    word_ |= std::uint64_t{static_cast<unsigned char>(piece.front())} << (8 * held_);
    piece.remove_prefix(1);
    if (++held_ < kWord) return;
    take(word_);
    word_ = held_ = 0;
  }

  std::uint64_t after(std::uint64_t word) const {
    const std::uint64_t product = (state_ ^ word) * 0x9e3779b97f4a7c15;
    return product ^ (product >> 32);
  }

  void take(std::uint64_t word) { state_ = after(word); }

  std::uint64_t state_ = 0x243f6a8885a308d3;
  std::uint64_t word_ = 0;  // `held_` bytes that are not a whole word yet
  std::uint64_t held_ = 0;
  std::uint64_t size_ = 0;
};

// The bytes that belong to one id: as many as are wanted, from any place, and like those of no other id. A request's differ from its answer's,
// so that an echo is no answer.
class IdBytes {
 public:
  IdBytes() = default;
  static IdBytes of_request(std::string_view id) { return IdBytes(id, 1); }
  static IdBytes of_answer(std::string_view id) { return IdBytes(id, 2); }

  void append(std::string& out, std::uint64_t position, std::size_t count) const {
    const std::size_t before = out.size();
    out.resize(before + count);
    fill(out.data() + before, position, count);
  }

  // Whether `piece` is what stands from `position` on.
  bool stand_at(std::uint64_t position, std::string_view piece) const {
    std::array<char, 4096> own;
    while (!piece.empty()) {
      const std::size_t count = std::min(piece.size(), own.size());
      fill(own.data(), position, count);
      if (std::memcmp(own.data(), piece.data(), count) != 0) return false;
      piece.remove_prefix(count);
      position += count;
    }
    return true;
  }

 private:
  IdBytes(std::string_view id, std::uint64_t salt) {
    BodyHash hash;
    hash.add(id);
    seed_ = mixed(hash.value() + salt);
  }

  void fill(char* to, std::uint64_t position, std::size_t count) const {
    while (count > 0) {
      const std::uint64_t word = mixed(seed_ + (position / 8 + 1) * 0x9e3779b97f4a7c15);
      const std::size_t from = position % 8, piece = std::min(count, 8 - from);
      std::memcpy(to, reinterpret_cast<const char*>(&word) + from, piece);
      to += piece;
      position += piece;
      count -= piece;
    }
  }

  std::uint64_t seed_ = 0;
};

// What answers `/load/<id>`: what the instance has received. Bytes that were asked for follow it.
inline std::string load_answer(std::string_view id, std::uint64_t size, std::string_view hash) {
  std::string line(id);
  line += ' ';
  append_number(line, size);
  return line.append(" ").append(hash).append("\n");
}

}  // namespace support
