// The rows of the status page's tables.
#pragma once

#include "admin/html.h"
#include "control/events.h"
#include "control/fleet_view.h"

namespace rota {

// The <thead> and the <tr> have the same columns.
void write_instance_columns(Html& html);
void write_instance_row(Html& html, const InstanceView& instance, WallTime now);
void write_event_row(Html& html, const Event& event, WallTime now);

}  // namespace rota
