// FleetView and events as the JSON that openapi.json describes. Any bytes in names and reasons are fine: what is no UTF-8 is replaced.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "control/events.h"
#include "control/fleet_view.h"

namespace rota {

using Json = nlohmann::ordered_json;  // with its keys in the order in which they are given

Json overview_json(const FleetView& fleet, const Events& events);
Json services_json(const FleetView& fleet);
Json instances_json(const FleetView& fleet);
Json routes_json(const FleetView& fleet);

// null where there is none of that name or id.
Json service_json(const FleetView& fleet, std::string_view name);
Json instance_json(const FleetView& fleet, std::string_view id);

struct EventsAsked {
  static constexpr std::size_t kMost = Events::kKept;
  std::optional<std::uint64_t> after;  // those behind it, from there on; nothing: the latest
  std::size_t limit = 100;
};
Json events_json(const Events& events, const EventsAsked& asked);

// One line.
std::string text_of(const Json& json);

}  // namespace rota
