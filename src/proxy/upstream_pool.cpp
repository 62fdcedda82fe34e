#include "proxy/upstream_pool.h"

namespace rota {
namespace {

Error dial_error(Error error) {
  switch (error.code) {
    case ErrorCode::refused:
      return {.code = ErrorCode::connect_refused, .blame = Blame::upstream, .system = error.system};
    case ErrorCode::timed_out:
      return {.code = ErrorCode::connect_timeout, .blame = Blame::upstream, .system = error.system};
    case ErrorCode::unreachable:
    case ErrorCode::reset:
    case ErrorCode::io:
      return {.code = ErrorCode::connect_failed, .blame = Blame::upstream, .system = error.system};
    default:
      return error;  // ours (out_of_fds), or the stop's own reason
  }
}

constexpr std::uint8_t kNews = Readiness::readable | Readiness::peer_closed | Readiness::broken;

}  // namespace

UpstreamConnection::UpstreamConnection(InstancePool& pool, std::unique_ptr<Stream> stream)
    : pool_(pool), stream_(std::move(stream)), serial_(pool.serial_) {}

void UpstreamConnection::wait_for_answer(TimePoint now, Deadline deadline, bool movable, bool uploading) {
  set(stream_->reactor().timers(), deadline);
  movable_ = movable;
  uploading_ = uploading;
  is_waiting_ = true;
  join_waiting(now);
}

void UpstreamConnection::request_is_out(TimePoint now, bool movable) {
  if (!is_waiting_) return;
  movable_ = movable;
  uploading_ = false;
  leave_waiting();
  join_waiting(now);
}

// At the end of the line, which so stays in the order in which they were asked.
void UpstreamConnection::join_waiting(TimePoint now) {
  asked_ = now;
  earlier_ = pool_.last_waiting_;
  (earlier_ != nullptr ? earlier_->later_ : pool_.first_waiting_) = this;
  pool_.last_waiting_ = this;
  pool_.pools_.keep_telling();
}

void UpstreamConnection::no_answer() {
  clear();
  is_waiting_ = false;
  leave_waiting();
  if (pool_.has_told_ && pool_.first_waiting_ == nullptr) [[unlikely]]
    pool_.tell_waiting();  // later, the instance may be gone
}

void UpstreamConnection::leave_waiting() {
  (later_ != nullptr ? later_->earlier_ : pool_.last_waiting_) = earlier_;
  (earlier_ != nullptr ? earlier_->later_ : pool_.first_waiting_) = later_;
  later_ = nullptr;
}

void UpstreamConnection::answer_is_there(TimePoint now) {
  no_answer();
  if (!uploading_) pool_.cells().latency.record(now - asked_);
}

void UpstreamConnection::noticed(std::uint8_t readiness) {
  if ((readiness & kNews) != 0) pool_.unlink(*this);  // and so closes it
}

std::unique_ptr<UpstreamConnection> InstancePool::take() {
  // What has happened in this turn may not have been delivered yet, but its flags are set.
  while (newest_ != nullptr && (newest_->stream_->is(kNews) || newest_->expires_ <= reactor_.now())) unlink(*newest_);
  if (newest_ == nullptr) return nullptr;
  std::unique_ptr<UpstreamConnection> connection(newest_);
  newest_ = connection->older_;
  (newest_ != nullptr ? newest_->newer_ : oldest_) = nullptr;
  --size_;
  connection->stream_->watch(nullptr);
  connection->reused_ = true;
  return connection;
}

void InstancePool::put_back(std::unique_ptr<UpstreamConnection>&& connection, Duration keep) {
  if (keep <= Duration::zero() || size_ == kMost || connection->serial_ != serial_ || connection->stream_->is(kNews) ||
      !connection->stream_->enlist())
    return;
  UpstreamConnection* const idle = connection.release();
  idle->expires_ = reactor_.now() + keep;
  idle->stream_->watch(idle);
  idle->older_ = newest_;
  idle->newer_ = nullptr;
  (newest_ != nullptr ? newest_->newer_ : oldest_) = idle;
  newest_ = idle;
  ++size_;
  wake_for(idle->expires_);
}

std::unique_ptr<UpstreamConnection> InstancePool::unlink(UpstreamConnection& connection) {
  UpstreamConnection* const older = connection.older_;
  UpstreamConnection* const newer = connection.newer_;
  (newer != nullptr ? newer->older_ : newest_) = older;
  (older != nullptr ? older->newer_ : oldest_) = newer;
  --size_;
  return std::unique_ptr<UpstreamConnection>(&connection);
}

void InstancePool::wake_for(TimePoint expiry) {
  if (is_set() && due_ <= expiry) return;
  due_ = expiry;
  reactor_.timers().set(*this, expiry);
}

// One timer for all: it closes those whose time has come, and comes again for the next. Routes may keep theirs for different times.
void InstancePool::expired() {
  for (UpstreamConnection* connection = oldest_; connection != nullptr;) {
    UpstreamConnection* const next = connection->newer_;
    if (connection->expires_ <= reactor_.now()) {
      unlink(*connection);
    } else {
      wake_for(connection->expires_);
    }
    connection = next;
  }
}

void InstancePool::clear() {
  while (newest_ != nullptr) unlink(*newest_);
}

void InstancePool::belong_to(InstanceState& state, std::size_t worker) {
  clear();
  // Nobody waits for who is gone for good: a request holds on to its instance's state.
  CHECK(first_waiting_ == nullptr);
  serial_ = state.serial();
  cells_ = &state.cells.of(worker);
}

void InstancePool::give_up() {
  clear();
  for (UpstreamConnection* waiting = first_waiting_; waiting != nullptr; waiting = waiting->later_) {
    if (waiting->movable_) waiting->stream_->end_reading({.code = ErrorCode::instance_lost, .blame = Blame::upstream});
  }
}

void InstancePool::tell_waiting() {
  std::int64_t waiting = 0;
  std::uint64_t since = 0;  // which may be more than 63 bits hold
  std::int64_t oldest = 0;
  for (const UpstreamConnection* each = first_waiting_; each != nullptr; each = each->later_) {
    if (each->uploading_) continue;
    const std::int64_t asked = each->asked_.time_since_epoch().count();
    if (waiting++ == 0) oldest = asked;
    since += static_cast<std::uint64_t>(asked);
  }
  cells_->waiting.set(waiting);
  cells_->waiting_since.set(static_cast<std::int64_t>(since));
  cells_->oldest.set(oldest);
  has_told_ = waiting > 0;
}

// Where nobody waits, cells_ may be anybody's by now.
void UpstreamPools::expired() {
  bool any = false;
  for (const auto& pool : by_slot_) {
    if (!pool || pool->first_waiting_ == nullptr) continue;
    pool->tell_waiting();
    any = true;
  }
  if (any) keep_telling();
}

InstancePool& UpstreamPools::make(InstanceState& state) {
  const std::uint32_t slot = state.slot();
  if (slot >= by_slot_.size()) by_slot_.resize(slot + 1);
  std::unique_ptr<InstancePool>& pool = by_slot_[slot];
  if (!pool) pool = std::make_unique<InstancePool>(reactor_, *this);
  pool->belong_to(state, worker_);
  return *pool;
}

void UpstreamPools::give_up(InstanceState& state) {
  const std::uint32_t slot = state.slot();
  if (slot < by_slot_.size() && by_slot_[slot] && by_slot_[slot]->serial_ == state.serial()) by_slot_[slot]->give_up();
}

Task<Result<std::unique_ptr<UpstreamConnection>>> UpstreamPools::dial(const Instance& instance, Deadline deadline, Stop& stop) {
  Result<std::unique_ptr<Stream>> stream = co_await dialer_.dial(instance.address, deadline, &stop);
  if (!stream && stream.error().code == ErrorCode::out_of_fds) {  // what rests unused gives way to what is asked for
    clear();
    stream = co_await dialer_.dial(instance.address, deadline, &stop);
  }
  if (!stream) co_return std::unexpected(dial_error(stream.error()));
  co_return std::make_unique<UpstreamConnection>(of(instance), std::move(*stream));
}

void UpstreamPools::clear() {
  for (const auto& pool : by_slot_) {
    if (pool) pool->clear();
  }
}

}  // namespace rota
