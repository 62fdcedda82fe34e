#include "control/events.h"

namespace rota {

void Events::add(Event event) {
  event.id = ++last_id_;
  say_(event.level, event.text);
  kept_.push_back(std::move(event));
  if (kept_.size() > kKept) kept_.pop_front();
}

}  // namespace rota
