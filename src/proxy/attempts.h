// The attempts of one request: whom to ask next. Instances that cannot be connected to, or go away with the request, cost nothing but their place in the
// line, so there are at most as many attempts as instances.
#pragma once

#include <memory>

#include "balance/tried.h"
#include "base/error.h"
#include "base/rng.h"
#include "model/service.h"

namespace rota {

class Attempts {
 public:
  Attempts(const Service& service, Rng& rng) : service_(service), rng_(rng) {}

  // The next instance, never one that failed before; null: there is none left to try.
  const Instance* pick() {
    const auto index = service_.strategy->pick(tried_, rng_);
    if (!index) return nullptr;
    index_ = *index;
    return service_.instances[index_].get();
  }

  // The one picked last failed, with this.
  void failed(const Error& error) {
    tried_.add(index_);
    const bool unreachable =
        error.code == ErrorCode::connect_refused || error.code == ErrorCode::connect_timeout || error.code == ErrorCode::connect_failed;
    if (!unreachable || error_.code != ErrorCode::upstream_closed) error_ = error;
  }

  // What to tell the client: the last error; but that an instance took the request and went away outweighs that others could not be reached.
  const Error& error() const { return error_; }

 private:
  const Service& service_;
  Rng& rng_;
  Tried tried_;
  InstanceIndex index_ = 0;
  Error error_{.code = ErrorCode::no_instance, .blame = Blame::upstream};
};

}  // namespace rota
