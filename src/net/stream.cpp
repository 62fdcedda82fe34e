#include "net/stream.h"

namespace rota {
namespace {

constexpr std::uint8_t kCanRead = Readiness::readable | Readiness::peer_closed | Readiness::broken;
// With one of these there may be more to read behind a short read: an end, or what stands behind an urgent mark.
constexpr std::uint8_t kMoreBehind = Readiness::peer_closed | Readiness::broken | Readiness::urgent;

Error error_of(ssize_t result) {
  const int system = static_cast<int>(-result);
  switch (system) {
    case ECONNRESET:
    case EPIPE:
    case ENOTCONN:
      return {.code = ErrorCode::reset, .system = system};
    case ETIMEDOUT:
      return {.code = ErrorCode::timed_out, .system = system};
    default:
      return {.code = ErrorCode::io, .system = system};
  }
}

}  // namespace

std::span<iovec> without_front(std::span<iovec> pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces.front().iov_len) {
    count -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) {
    pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + count;
    pieces.front().iov_len -= count;
  }
  return pieces;
}

// A short read has emptied the socket: no extra call to be told so. Unless more was reported with it.
Result<std::size_t> Stream::receive_now(std::span<char> into) {
  const ssize_t count = receive(into);
  if (count > 0) [[likely]] {
    if (static_cast<std::size_t>(count) < into.size() && !is(kMoreBehind)) clear_ready(Readiness::readable);
    return static_cast<std::size_t>(count);
  }
  if (count == 0) return fail(ErrorCode::end_of_stream);
  if (count == -EAGAIN) {
    clear_ready(Readiness::readable);
    return std::size_t{0};
  }
  return std::unexpected(error_of(count));
}

bool Stream::Read::await_ready() { return must_not_begin(deadline_, stop_on_) || attempt(); }

Result<Buffer> Stream::read_now(BufferPool& pool) {
  if (!is(kCanRead)) return Buffer{};
  Buffer buffer = pool.take();
  const Result<std::size_t> count = receive_now(buffer.space());
  if (!count) [[unlikely]]
    return std::unexpected(count.error());
  if (*count == 0) return Buffer{};
  buffer.commit(*count);
  return buffer;
}

bool Stream::Read::attempt() {
  if (!stream_.is(kCanRead)) return false;
  Buffer buffer = pool_.take();
  const Result<std::size_t> count = stream_.receive_now(buffer.space());
  if (!count) [[unlikely]] {
    result_ = std::unexpected(count.error());
    return true;
  }
  if (*count == 0) return false;
  buffer.commit(*count);
  result_ = std::move(buffer);
  return true;
}

bool Stream::ReadMore::await_ready() { return must_not_begin(deadline_, stop_on_) || (stream_.is(kCanRead) && attempt()); }

bool Stream::ReadMore::attempt() {
  CHECK(!buffer_.space().empty());
  result_ = stream_.receive_now(buffer_.space());
  if (!result_) return true;
  buffer_.commit(*result_);
  return *result_ > 0;
}

bool Stream::Write::await_ready() { return must_not_begin(deadline_, stop_on_) || attempt(); }

Result<std::size_t> Stream::write_now(std::span<iovec>& pieces, Behind behind) {
  if (!is(Readiness::writable | Readiness::broken)) return std::size_t{0};
  const ssize_t count = send(pieces, behind);
  if (count >= 0) [[likely]] {
    pieces = without_front(pieces, static_cast<std::size_t>(count));
    return static_cast<std::size_t>(count);
  }
  if (count != -EAGAIN) return std::unexpected(error_of(count));
  clear_ready(Readiness::writable);
  return std::size_t{0};
}

bool Stream::Write::attempt() {
  for (;;) {
    const Result<std::size_t> sent = stream_.write_now(pieces_, behind_);
    if (!sent) {
      result_ = std::unexpected(sent.error());
      return true;
    }
    has_sent_ = has_sent_ || *sent > 0;
    if (pieces_.empty()) return true;
    if (*sent == 0) return false;
  }
}

Result<std::size_t> Stream::write_without_waiting(std::string_view text) {
  const iovec all = piece(text);
  const ssize_t sent = send({&all, 1}, Behind::anything);
  if (sent == -EAGAIN) return std::size_t{0};
  if (sent < 0) return std::unexpected(error_of(sent));
  return static_cast<std::size_t>(sent);
}

}  // namespace rota
