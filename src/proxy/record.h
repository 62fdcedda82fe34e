// What happened to one request, written down on its way by whoever knows it, and read once at its end: by the access log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/service.h"
#include "proxy/request_id.h"
#include "proxy/snapshot_holder.h"

namespace rota {

struct Record {
  Record(TimePoint now, WallTime wall, Rng& rng) : id(wall, rng), began(now) {}
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  RequestId id;
  TimePoint began;                       // its first bytes were there
  std::optional<TimePoint> answered;     // the first bytes of its final answer went out
  std::optional<Duration> connect_time;  // of the latest new connection to an instance; a kept one takes none
  std::uint32_t attempts = 0;
  std::uint16_t status = 0;                     // of the final answer; 0: there was none
  std::string_view error;                       // the token, where something went wrong
  std::string_view service;                     // these two point into the pinned snapshot, or to what keep_names() kept of it
  std::string_view instance;                    // the one tried last
  std::uint64_t bytes_in = 0;                   // of the request's body, out of its framing
  std::uint64_t bytes_out = 0;                  // of the answer's
  TimePoint moved{};                            // when a piece of either body moved last
  std::optional<SnapshotHolder::Pin> snapshot;  // the view that the request goes by

  // Lets go of the snapshot: a tunnel may last for days, and must not hold one that long.
  void keep_names() {
    kept_ = std::make_unique<std::string>(std::string(service).append(instance));
    service = std::string_view(*kept_).substr(0, service.size());
    instance = std::string_view(*kept_).substr(service.size());
    snapshot.reset();
  }

 private:
  std::unique_ptr<std::string> kept_;
};

}  // namespace rota
