// A shape and a colour for each state, so that it is told by either.
#pragma once

#include "admin/html.h"
#include "control/fleet_view.h"

namespace rota {

// Of the style sheet: good, warn, bad, cool or off.
Html::Markup colour_of(InstanceCondition condition);
// The shape alone; its word stands beside it.
Html::Markup icon_of(InstanceCondition condition);
// The same for a row's edge: the classes of its <tr>, none where all is well.
Html::Markup edge_of(InstanceCondition condition);

}  // namespace rota
