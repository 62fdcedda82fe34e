// One thread's world: everything a request touches besides its snapshot. What others see of it are its counts, and the number of open connections.
#pragma once

#include <atomic>
#include <map>
#include <memory>

#include "base/rng.h"
#include "http/host_memo.h"
#include "http/request_head.h"
#include "model/instance_news.h"
#include "model/settings.h"
#include "net/dialer.h"
#include "net/listener.h"
#include "proxy/access_log.h"
#include "proxy/active_request.h"
#include "proxy/client_connection.h"
#include "proxy/place_line.h"
#include "proxy/record.h"
#include "proxy/snapshot_holder.h"
#include "proxy/upstream_pool.h"
#include "runtime/buffer_pool.h"
#include "runtime/reactor.h"
#include "runtime/task_group.h"

namespace rota {

// Open client connections of all workers together, held to limits.connections.
struct alignas(64) ConnectionCount {
  std::atomic<std::uint64_t> open = 0;

  // One more, where that stays within `most`: the last place is given once, whichever worker asks.
  bool try_add(std::uint64_t most) {
    std::uint64_t now = open.load(std::memory_order_relaxed);
    while (now < most) {
      if (open.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }
};

class Worker {
 public:
  // All of these outlive it.
  struct Parts {
    Reactor& reactor;
    Dialer& dialer;
    const Limits& limits;
    ConnectionCount& connections;
    AccessLog* access_log;             // null: it is off
    std::uint64_t seed;                // of its random numbers
    std::size_t number = 0;            // among the workers, from 0
    ServiceCells* unrouted = nullptr;  // its counts of what no service took; null: nobody wants them
    InstanceNews* news = nullptr;      // null: nobody listens
  };
  explicit Worker(const Parts& parts);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // On its own thread, as everything else here.
  void serve(std::unique_ptr<Listener> listener);
  // From the mailbox.
  void publish(Publication publication);

  // A request is over: it is counted, and written down.
  void finish(const Record& record, const http::RequestHead& head, const Peer& peer) {
    count(record, head);
    if (access_log_ != nullptr) access_log_->write(record, head, peer, reactor_);
  }

  void tell_refused(const std::shared_ptr<InstanceState>& instance) {
    if (news_ != nullptr) news_->refused(instance);
  }

  // Accepts nothing more, ends what is idle, lets what is active finish.
  void leave();
  bool is_leaving() const { return leaving_.requested(); }
  // Ends everything, wherever it is.
  void end_all();
  // Completes when no connection is left, after leave() or end_all().
  auto all_ended() { return tasks_.all_ended(); }

  http::HostMemo& host_memo() { return host_memo_; }
  // Those who wait for a place at one of its instances.
  PlaceLine& places_at(const ServiceState& service) { return places_.try_emplace(&service, reactor_).first->second; }
  std::size_t number() const { return number_; }
  Reactor& reactor() { return reactor_; }
  BufferPool& buffers() { return buffers_; }
  RestingConnections& resting() { return resting_; }
  UpstreamPools& upstreams() { return upstreams_; }
  SnapshotHolder& snapshots() { return snapshots_; }
  Rng& rng() { return rng_; }
  TaskGroup& tasks() { return tasks_; }
  ConnectionCount& connections() { return connections_; }
  ActiveRequests& active() { return active_; }
  // Requested by leave(): ends the wait for new connections.
  Stop& leaving() { return leaving_; }
  // Requested by end_all(): ends every wait that nothing else would end at once.
  Stop& ending() { return active_.ending(); }
  const Limits& limits() const { return limits_; }
  const http::HeadLimits& head_limits() const { return head_limits_; }

 private:
  void count(const Record& record, const http::RequestHead& head);

  Reactor& reactor_;
  const Limits& limits_;
  const http::HeadLimits head_limits_;
  ConnectionCount& connections_;
  AccessLog* const access_log_;
  const std::size_t number_;
  ServiceCells* const unrouted_;
  InstanceNews* const news_;
  BufferPool buffers_;
  UpstreamPools upstreams_;
  SnapshotHolder snapshots_;
  std::map<const ServiceState*, PlaceLine> places_;
  http::HostMemo host_memo_;
  Rng rng_;
  ActiveRequests active_;
  Stop leaving_;
  TaskGroup tasks_;
  RestingConnections resting_;
};

}  // namespace rota
