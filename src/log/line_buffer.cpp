#include "log/line_buffer.h"

#include <algorithm>
#include <charconv>

namespace rota {

// How far a value may reach, and where it would be cut: the last place between two characters that has room for kCut behind it.
struct LineBuffer::Limit {
  std::size_t end;
  std::size_t cut;

  std::size_t latest_cut() const { return end - kCut.size(); }
};

LineBuffer::LineBuffer(std::span<char> out, std::size_t fixed) : out_(out), left_(out.size() - fixed) { CHECK(out.size() > fixed); }

void LineBuffer::raw_of_value(std::string_view text) {
  CHECK(text.size() <= left_);
  raw(text);
  left_ -= text.size();
}

void LineBuffer::number(std::uint64_t number) {
  if (number < 1000) {  // as nearly all are
    const auto small = static_cast<std::uint32_t>(number);
    return small < 10 ? digits<1>(small) : small < 100 ? digits<2>(small) : digits<3>(small);
  }
  const auto [end, error] = std::to_chars(out_.data() + at_, out_.data() + out_.size(), number);
  CHECK(error == std::errc{});
  at_ = static_cast<std::size_t>(end - out_.data());
}

void LineBuffer::value(Escape escape, std::string_view first, std::string_view second, std::size_t cap) {
  const std::size_t size = first.size() + second.size();
  // Never less than the cut mark's size: that much is among the fixed bytes.
  const std::size_t room = std::max(kCut.size(), std::min(cap, left_));
  // Nearly every value is plain and fits.
  if (size <= room && is_plain(escape, first) && (second.empty() || is_plain(escape, second))) [[likely]] {
    copy(first);
    copy(second);
    left_ -= std::min(left_, size);
    return;
  }
  const std::size_t begin = at_;
  Limit limit{.end = begin + room, .cut = begin};
  if (!append(escape, first, limit) || !append(escape, second, limit)) {
    at_ = limit.cut;
    copy(kCut);
  }
  left_ -= std::min(left_, at_ - begin);
}

// False where it is too long.
bool LineBuffer::append(Escape escape, std::string_view value, Limit& limit) {
  while (!value.empty()) {
    const std::size_t run = plain_run(escape, value);
    const std::size_t fits = std::min(run, limit.end - at_);
    // Between any two of these bytes is a place to cut.
    if (at_ <= limit.latest_cut()) limit.cut = std::min(at_ + fits, limit.latest_cut());
    copy(value.substr(0, fits));
    if (fits < run) return false;
    value.remove_prefix(run);
    if (value.empty()) return true;
    const Escaped escaped = escape_first(escape, value);
    if (escaped.size > limit.end - at_) return false;
    copy(escaped.text());
    if (at_ <= limit.latest_cut()) limit.cut = at_;
    value.remove_prefix(escaped.used);
  }
  return true;
}

}  // namespace rota
