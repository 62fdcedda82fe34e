// The requests that a worker is busy with, so that all of them can be ended when there is no more time.
#pragma once

#include "runtime/stop.h"

namespace rota {

class ActiveRequest;

class ActiveRequests {
 public:
  // Those there are, and each that comes later.
  inline void end_all(Error why);
  Stop& ending() { return ending_; }

 private:
  friend class ActiveRequest;
  ActiveRequest* first_ = nullptr;
  Stop ending_;
};

// In the frame of whoever serves it; its stop ends every wait for it.
class ActiveRequest {
 public:
  explicit ActiveRequest(ActiveRequests& all) : all_(all), next_(all.first_) {
    if (next_ != nullptr) next_->previous_ = this;
    all.first_ = this;
    if (all.ending_.requested()) stop.request(all.ending_.why());
  }
  ActiveRequest(const ActiveRequest&) = delete;
  ActiveRequest& operator=(const ActiveRequest&) = delete;
  ~ActiveRequest() {
    (previous_ != nullptr ? previous_->next_ : all_.first_) = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
  }

  Stop stop;

 private:
  friend class ActiveRequests;
  ActiveRequests& all_;
  ActiveRequest* next_;
  ActiveRequest* previous_ = nullptr;
};

// A request only goes on from the reactor's next turn, so the list holds still.
inline void ActiveRequests::end_all(Error why) {
  ending_.request(why);
  for (ActiveRequest* request = first_; request != nullptr; request = request->next_) request->stop.request(why);
}

}  // namespace rota
