// The instances that the config names. They change when it is read again.
#pragma once

#include <utility>

#include "control/instance_source.h"

namespace rota {

class StaticSource final : public InstanceSource {
 public:
  explicit StaticSource(Roster roster) : roster_(std::move(roster)) {}

  std::string_view name() const override { return "config"; }
  void begin(Tell tell) override {
    tell_ = std::move(tell);
    tell_(roster_);
  }
  void replace(Roster roster) {
    roster_ = std::move(roster);
    if (tell_) tell_(roster_);
  }

 private:
  Roster roster_;
  Tell tell_;
};

}  // namespace rota
