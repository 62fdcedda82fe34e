// The attempts of one request: whom to ask next, and when to give up. Connections that cannot be made cost nothing but their instance's place in the
// line; answers that never came count, and kMostLost of them are enough.
#pragma once

#include <memory>

#include "balance/tried.h"
#include "base/error.h"
#include "base/rng.h"
#include "model/service.h"

namespace rota {

class Attempts {
 public:
  static constexpr int kMostLost = 2;

  Attempts(const Service& service, Rng& rng) : service_(service), rng_(rng) {}

  // The next instance, never one that failed before; null: there is none left to try, or trying has been enough.
  const Instance* pick() {
    if (lost_ >= kMostLost) return nullptr;
    const auto index = service_.strategy->pick(tried_, rng_);
    if (!index) return nullptr;
    index_ = *index;
    ++made_;
    return service_.instances[index_].get();
  }

  // The one picked last failed, with this.
  void failed(const Error& error) {
    tried_.add(index_);
    last_error_ = error;
    if (error.code == ErrorCode::upstream_closed) ++lost_;
  }

  const Error& last_error() const { return last_error_; }
  int made() const { return made_; }

 private:
  const Service& service_;
  Rng& rng_;
  Tried tried_;
  InstanceIndex index_ = 0;
  int made_ = 0;
  int lost_ = 0;
  Error last_error_{.code = ErrorCode::no_instance, .blame = Blame::upstream};
};

}  // namespace rota
