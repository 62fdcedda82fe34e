#include "admin/status_icons.h"

namespace rota {

// Healthy and nothing else is green; what rota took out because it went wrong is red; what is strained is amber; what somebody asked for is grey.
Html::Markup colour_of(InstanceCondition condition) {
  switch (condition) {
    case InstanceCondition::healthy:
      return "good";
    case InstanceCondition::starting:
      return "cool";
    case InstanceCondition::slow:
    case InstanceCondition::overloaded:
      return "warn";
    case InstanceCondition::open:
    case InstanceCondition::failing:
      return "bad";
    case InstanceCondition::draining:
    case InstanceCondition::ignored:
      return "off";
  }
  return "off";
}

Html::Markup edge_of(InstanceCondition condition) {
  switch (condition) {
    case InstanceCondition::healthy:
      return "";
    case InstanceCondition::starting:
      return "hot edge-cool";
    case InstanceCondition::slow:
    case InstanceCondition::overloaded:
      return "hot edge-warn";
    case InstanceCondition::open:
    case InstanceCondition::failing:
      return "hot edge-bad";
    case InstanceCondition::draining:
    case InstanceCondition::ignored:
      return "hot edge-off";
  }
  return "";
}

Html::Markup icon_of(InstanceCondition condition) {
  switch (condition) {
    case InstanceCondition::healthy:  // a full disc with its tick
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="7" fill="currentColor"/><path d="M3.9 7.3l2.1 2.1 4.2-4.6" fill="none" stroke="var(--card)" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>)svg";
    case InstanceCondition::starting:  // a ring, half of it drawn
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5.8" fill="none" stroke="currentColor" stroke-width="2.2" stroke-opacity=".3"/><path d="M7 1.2a5.8 5.8 0 0 1 5.8 5.8" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/></svg>)svg";
    case InstanceCondition::slow:  // a clock
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5.9" fill="none" stroke="currentColor" stroke-width="2"/><path d="M7 3.8V7l2.2 1.5" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round"/></svg>)svg";
    case InstanceCondition::overloaded:  // a triangle
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M7 1.2l6.2 11.4H.8z" fill="currentColor" stroke="currentColor" stroke-width="1" stroke-linejoin="round"/><path d="M7 5.4v3.4" stroke="var(--card)" stroke-width="1.6" stroke-linecap="round"/><circle cx="7" cy="10.8" r=".95" fill="var(--card)"/></svg>)svg";
    case InstanceCondition::open:  // a circuit that is interrupted
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle cx="2.4" cy="9.6" r="2" fill="currentColor"/><circle cx="11.6" cy="9.6" r="2" fill="currentColor"/><path d="M3.4 8.4l6.2-5.2" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>)svg";
    case InstanceCondition::failing:  // a square with a cross
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><rect x=".5" y=".5" width="13" height="13" rx="2.6" fill="currentColor"/><path d="M4.4 4.4l5.2 5.2m0-5.2L4.4 9.6" stroke="var(--card)" stroke-width="1.8" stroke-linecap="round"/></svg>)svg";
    case InstanceCondition::draining:  // an arrow to the ground
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M7 1.4v7.4m-3.4-3L7 9.2l3.4-3.4M2 12.6h10" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>)svg";
    case InstanceCondition::ignored:  // a dashed ring
      return R"svg(<svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><circle cx="7" cy="7" r="5.9" fill="none" stroke="currentColor" stroke-width="1.8" stroke-dasharray="2.6 2"/></svg>)svg";
  }
  return "";
}

}  // namespace rota
