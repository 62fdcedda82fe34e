// /status: the fleet as one page for people, without scripts and without anything from elsewhere. Whatever stands in names, reasons and addresses is text there.
#pragma once

#include <string>

#include "control/events.h"
#include "control/fleet_view.h"

namespace rota {

struct StatusPage {
  bool refreshes = true;  // it says so, and offers to pause; who serves it sends the field that does it

  // Of a service with more, those that are not healthy come first, and then as many as there is room for; the page says how many it left out.
  static constexpr std::size_t kMostInstances = 200;
  static constexpr std::size_t kMostEvents = 50;

  std::string html(const FleetView& fleet, const Events& events) const;

  // Content-Security-Policy: nothing but its own style, and nobody may frame it.
  static const std::string& policy();
};

}  // namespace rota
