// The body that answers one request, compared as it comes: the instance's line about what it received, then the bytes that were asked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/support/load_body.h"

namespace load {

class Expected {
 public:
  void start(std::string line, std::string_view id, std::uint64_t bytes) {
    line_ = std::move(line);
    bytes_ = support::IdBytes::of_answer(id);
    size_ = line_.size() + bytes;
    position_ = 0;
    beginning_.clear();
    same_ = true;
  }

  void add(std::string_view piece) {
    if (beginning_.size() < kKept) beginning_.append(piece.substr(0, kKept - beginning_.size()));
    if (position_ < line_.size()) {
      const std::string_view head = piece.substr(0, line_.size() - position_);
      same_ = same_ && line_.compare(position_, head.size(), head) == 0;
      position_ += head.size();
      piece.remove_prefix(head.size());
    }
    same_ = same_ && (piece.empty() || bytes_.stand_at(position_ - line_.size(), piece));
    position_ += piece.size();
  }

  bool is_whole() const { return same_ && position_ == size_; }
  std::uint64_t received() const { return position_; }
  std::uint64_t size() const { return size_; }

  // What came, as far as it is kept: for the report, and for what a problem document says.
  std::string_view beginning() const { return beginning_; }
  std::string_view first_line() const { return std::string_view(beginning_).substr(0, std::min<std::size_t>(beginning_.find('\n'), 80)); }

  // The token of rota's own answers, or nothing.
  std::string_view problem_token() const {
    const std::string_view text = beginning_;
    std::size_t at = text.find("\"error\"");
    if (at == std::string_view::npos) return {};
    at = text.find('"', at + 7);
    const std::size_t end = at == std::string_view::npos ? at : text.find('"', at + 1);
    return end == std::string_view::npos ? std::string_view{} : text.substr(at + 1, end - at - 1);
  }

 private:
  static constexpr std::size_t kKept = 1024;

  std::string line_;
  support::IdBytes bytes_;
  std::uint64_t size_ = 0, position_ = 0;
  std::string beginning_;
  bool same_ = true;
};

}  // namespace load
