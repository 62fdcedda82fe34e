// One worker on a thread of its own: its poller, reactor, dialer, and the Worker itself. Other threads talk to it by messages only.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "model/snapshot.h"
#include "net/posix/fd.h"
#include "proxy/worker.h"
#include "runtime/epoll_poller.h"

namespace rota {

class WorkerThread {
 public:
  struct Start {
    const Clock& clock;
    const Limits& limits;
    ConnectionCount& connections;
    std::shared_ptr<const Snapshot> snapshot;
    const AccessLog::Settings* access_log;  // null: off
    std::uint64_t seed;
    std::size_t number;                 // among the workers, from 0
    PerWorker<ServiceCells>& unrouted;  // counts of what no service took
    InstanceNews& news;
    std::vector<Fd> listeners;       // its own socket of each address
    std::function<void()> on_ended;  // called on the worker's thread, last of all
  };

  // Fails where the process is out of descriptors or threads.
  static Result<std::unique_ptr<WorkerThread>> create(Start start);
  ~WorkerThread();  // waits for the thread, which has been told to leave

  // From any thread.
  void publish(Publication publication);
  // From any thread. Finishes what it is doing, for at most `drain`, then ends.
  void leave(Duration drain);
  // From any thread. Ends at once.
  void end_all();

 private:
  WorkerThread(Start start, std::unique_ptr<EpollPoller> poller);
  void run();

  Start start_;
  std::unique_ptr<EpollPoller> poller_;
  Reactor reactor_;
  std::vector<std::unique_ptr<Listener>> listeners_;  // until run() hands them to the worker
  class Drain;
  Worker* worker_ = nullptr;  // both: while run() has one; only touched on its thread
  Drain* drain_ = nullptr;
  std::thread thread_;
};

}  // namespace rota
