#include "app/worker_thread.h"

#include <system_error>

#include "net/posix/posix_dialer.h"
#include "net/posix/posix_listener.h"

namespace rota {
namespace {

// Ends the reactor's run when the worker has nothing left to do.
Task<void> stop_when_ended(Worker& worker, Reactor& reactor) {
  co_await worker.all_ended();
  reactor.stop();
}

}  // namespace

Result<std::unique_ptr<WorkerThread>> WorkerThread::create(Start start) {
  Result<std::unique_ptr<EpollPoller>> poller = EpollPoller::create();
  if (!poller) return std::unexpected(poller.error());
  std::unique_ptr<WorkerThread> worker(new WorkerThread(std::move(start), std::move(*poller)));
  for (Fd& socket : worker->start_.listeners) {
    auto listener = PosixListener::adopt(worker->reactor_, std::move(socket));
    if (!listener) return std::unexpected(listener.error());
    worker->listeners_.push_back(std::move(*listener));
  }
  try {
    worker->thread_ = std::thread([raw = worker.get()] { raw->run(); });
  } catch (const std::system_error& error) {
    return fail(ErrorCode::io, Blame::us, error.code().value());
  }
  return worker;
}

WorkerThread::WorkerThread(Start start, std::unique_ptr<EpollPoller> poller)
    : start_(std::move(start)), poller_(std::move(poller)), reactor_(start_.clock, *poller_) {}

WorkerThread::~WorkerThread() {
  if (thread_.joinable()) thread_.join();
}

// The end of its patience with those who have not finished.
class WorkerThread::Drain final : private Timer {
 public:
  Drain(Worker& worker, Reactor& reactor) : worker_(worker), reactor_(reactor) {}
  void begin(Duration limit) {
    worker_.leave();
    const Deadline deadline = Deadline::after(reactor_.now(), limit);
    if (!deadline.is_never()) reactor_.timers().set(*this, deadline.point());
  }
  void end_now() { worker_.end_all(); }

 private:
  void expired() override { end_now(); }
  Worker& worker_;
  Reactor& reactor_;
};

// Everything that a request touches is made, used and destroyed here, on this thread.
void WorkerThread::run() {
  {
    PosixDialer dialer(reactor_);
    std::optional<AccessLog> access_log;
    if (start_.access_log) access_log.emplace(*start_.access_log);
    Worker worker({.reactor = reactor_,
                   .dialer = dialer,
                   .limits = start_.limits,
                   .connections = start_.connections,
                   .access_log = access_log ? &*access_log : nullptr,
                   .seed = start_.seed,
                   .number = start_.number,
                   .unrouted = &start_.unrouted.of(start_.number),
                   .news = &start_.news});
    Drain drain(worker, reactor_);
    drain_ = &drain;
    worker_ = &worker;
    worker.publish({.snapshot = std::move(start_.snapshot)});
    for (auto& listener : listeners_) worker.serve(std::move(listener));
    listeners_.clear();
    TaskGroup waiting;
    waiting.spawn(stop_when_ended(worker, reactor_));
    reactor_.run();
    drain_ = nullptr;
    worker_ = nullptr;
  }
  start_.on_ended();
}

void WorkerThread::publish(Publication publication) {
  reactor_.mailbox().post([this, sent = std::move(publication)]() mutable {
    if (worker_ != nullptr) worker_->publish(std::move(sent));
  });
}

void WorkerThread::leave(Duration drain) {
  reactor_.mailbox().post([this, drain] {
    if (drain_ != nullptr) drain_->begin(drain);
  });
}

void WorkerThread::end_all() {
  reactor_.mailbox().post([this] {
    if (drain_ != nullptr) drain_->end_now();
  });
}

}  // namespace rota
