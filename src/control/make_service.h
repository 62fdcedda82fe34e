// A service as the workers see it: its instances, and the wheel of those that are in.
#pragma once

#include <memory>
#include <span>

#include "model/roster.h"
#include "model/service.h"

namespace rota {

// What one instance gets of its weight.
struct InstanceShare {
  std::uint32_t percent = 100;  // 0: it is out
  bool kept_in = false;         // although its breaker is open
  bool last_resort = false;     // out, but alive
  friend bool operator==(const InstanceShare&, const InstanceShare&) = default;
};

// One state and one share for each instance of `asked`, in its order. Any thread.
std::shared_ptr<const Service> make_service(const RosterService& asked, std::shared_ptr<ServiceState> state,
                                            std::span<const std::shared_ptr<InstanceState>> instances,
                                            std::span<const InstanceShare> shares);

}  // namespace rota
