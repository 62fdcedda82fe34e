#include "runtime/stop.h"

#include "base/check.h"
#include "runtime/wait.h"

namespace rota {

Stop::~Stop() { CHECK(first_ == nullptr); }

void Stop::request(Error why) {
  if (requested_) return;
  requested_ = true;
  why_ = why;
  while (first_ != nullptr) first_->end_later(why);
}

}  // namespace rota
