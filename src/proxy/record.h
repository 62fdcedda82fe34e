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
#include "proxy/rescue.h"
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
  std::uint16_t status = 0;          // of the final answer; 0: there was none
  std::string_view error;            // the token, where something went wrong
  std::optional<ErrorCode> failure;  // and what that was
  ServiceCells* cells = nullptr;     // the worker's counts of the service; valid as long as `service`
  std::string_view service;          // these two point into the pinned snapshot, or to what keep_names() kept of it
  std::string_view instance;         // the one tried last
  std::uint64_t bytes_in = 0;        // of the request's body, out of its framing
  std::uint64_t bytes_out = 0;       // of the answer's
  TimePoint moved{};                 // when a piece of either body moved last
  SnapshotHolder::Pin snapshot;      // the view that the request goes by

  void begin_service(std::string_view name, ServiceCells& of_service) {
    service = name;
    cells = &of_service;
    cells->in_flight.add(1);
  }
  void went_wrong(const Error& why) {
    error = error_token(why);
    failure = why.code;
  }

  // Lets go of the snapshot: a tunnel may last for days, and must not hold one that long. `state`: the service's.
  void keep_names(std::shared_ptr<ServiceState> state) {
    kept_ = std::make_unique<Kept>(std::string(service).append(instance), std::move(state));
    service = std::string_view(kept_->names).substr(0, service.size());
    instance = std::string_view(kept_->names).substr(service.size());
    snapshot = {};
  }

 private:
  struct Kept {
    std::string names;
    std::shared_ptr<ServiceState> state;  // that `cells` belongs to
  };
  std::unique_ptr<Kept> kept_;
};

}  // namespace rota
