#include "runtime/epoll_poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace rota {
namespace {

constexpr int kBatch = 256;  // events a turn; what does not fit comes with the next one
constexpr std::uint64_t kWakerKey = UINT64_MAX;

std::uint64_t key_of(SlotId slot) { return (std::uint64_t{slot.generation} << 32) | slot.index; }

constexpr std::uint8_t readiness_of(std::uint32_t events) {
  std::uint32_t bits = 0;
  if ((events & EPOLLIN) != 0) bits |= Readiness::readable;
  if ((events & EPOLLOUT) != 0) bits |= Readiness::writable;
  if ((events & EPOLLPRI) != 0) bits |= Readiness::urgent;
  if ((events & EPOLLRDHUP) != 0) bits |= Readiness::peer_closed;
  // Both directions have ended. That is no break: what the peer said before its end may still be unread. Whoever waits to write is woken to be told so.
  if ((events & EPOLLHUP) != 0) bits |= Readiness::readable | Readiness::writable | Readiness::peer_closed;
  if ((events & EPOLLERR) != 0) bits |= Readiness::broken;
  return static_cast<std::uint8_t>(bits);
}

// The same by one look for all of them but EPOLLRDHUP, which stands apart.
constexpr std::uint32_t kLow = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLERR | EPOLLHUP;
static_assert(kLow == 0x1f);
constexpr std::array<std::uint8_t, kLow + 1> make_readiness() {
  std::array<std::uint8_t, kLow + 1> table{};
  for (std::uint32_t events = 0; events <= kLow; ++events) table[events] = readiness_of(events);
  return table;
}
constexpr auto kReadiness = make_readiness();

std::uint8_t look_up_readiness(std::uint32_t events) {
  const std::uint8_t low = kReadiness[events & kLow];
  return (events & EPOLLRDHUP) != 0 ? low | Readiness::peer_closed : low;
}

// Rounded up to whole milliseconds, so that a poll never ends just before what it waits for.
int wait_in_milliseconds(Deadline until, TimePoint now) {
  if (until.is_never()) return -1;
  if (until.has_passed(now)) return 0;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until.point() - now);
  return static_cast<int>(std::min<std::int64_t>(wait.count(), 3'600'000));
}

}  // namespace

Result<std::unique_ptr<EpollPoller>> EpollPoller::create() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return fail(ErrorCode::io, Blame::us, errno);
  const int waker = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = kWakerKey}};
  if (waker < 0 || ::epoll_ctl(epoll, EPOLL_CTL_ADD, waker, &event) != 0) {
    const int error = errno;
    if (waker >= 0) ::close(waker);
    ::close(epoll);
    return fail(ErrorCode::io, Blame::us, error);
  }
  return std::unique_ptr<EpollPoller>(new EpollPoller(epoll, waker));
}

EpollPoller::~EpollPoller() {
  ::close(waker_);
  ::close(epoll_);
}

Result<void> EpollPoller::add(int fd, SlotId slot) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLET, .data = {.u64 = key_of(slot)}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return fail(ErrorCode::io, Blame::us, errno);
  return {};
}

void EpollPoller::poll(Deadline until, TimePoint now, std::vector<ReadinessEvent>& events) {
  epoll_event batch[kBatch];
  const int count = ::epoll_wait(epoll_, batch, kBatch, wait_in_milliseconds(until, now));
  CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = batch[i].data.u64;
    if (key == kWakerKey) continue;  // edge-triggered: nothing to read, the next write is a new edge
    events.push_back({{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}, look_up_readiness(batch[i].events)});
  }
}

void EpollPoller::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(waker_, &one, sizeof(one));
}

}  // namespace rota
