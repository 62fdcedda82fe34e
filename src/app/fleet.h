// The control plane, wired: where instances come from, who asks them how they are, who decides, and what is told of it. On the control thread.
#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "control/instance_manager.h"
#include "discovery/static_source.h"
#include "log/event_log.h"
#include "net/posix/posix_dialer.h"

namespace rota {

class Fleet {
 public:
  // Both outlive it.
  Fleet(Reactor& reactor, EventLog& log, const Config& config, std::size_t workers, std::uint64_t seed);

  // Everything begins. `publish`: to the workers.
  void begin(InstanceManager::Publish publish);
  // The config names other instances, or other settings for them.
  void replace(const Config& config);
  // Each service has had its first round of probes, or the time for it.
  bool is_settled() const { return manager_.is_settled(); }
  // Probes end; nothing is decided any more.
  void end();
  auto all_ended() { return health_.all_ended(); }

  InstanceManager& manager() { return manager_; }
  Events& events() { return events_; }

 private:
  PosixDialer dialer_;
  HealthChecker health_;  // the one of this process
  Events events_;
  InstanceManager manager_;
  StaticSource source_;
};

}  // namespace rota
