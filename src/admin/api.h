// FleetView and events as the JSON that openapi.json describes. Any bytes in names and reasons are fine: what is no UTF-8 is replaced.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "control/events.h"
#include "control/fleet_view.h"

namespace rota {

using Json = nlohmann::ordered_json;  // with its keys in the order in which they are given

Json overview_json(const FleetView& fleet, const Events& events);
Json services_json(const FleetView& fleet);
Json routes_json(const FleetView& fleet);

// null where there is none of that id.
Json instance_json(const FleetView& fleet, std::string_view id);

// As text_of() would write them. Of instances there may be 10,000, whose tree would take longer to build and to forget than to write.
std::string instances_text(const FleetView& fleet);
// Nothing where there is none of that name.
std::optional<std::string> service_text(const FleetView& fleet, std::string_view name);

struct EventsAsked {
  static constexpr std::size_t kMost = Events::kKept;
  std::optional<std::uint64_t> after;  // those behind it, from there on; nothing: the latest
  std::size_t limit = 100;
};
Json events_json(const Events& events, const EventsAsked& asked);

// One line.
std::string text_of(const Json& json);

}  // namespace rota
