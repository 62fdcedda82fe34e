// Where instances come from: a config file, Docker. It tells everything it knows each time something changes.
#pragma once

#include <functional>
#include <string_view>

#include "model/roster.h"

namespace rota {

class InstanceSource {
 public:
  // On the control thread, any number of times; each roster replaces the one before.
  using Tell = std::move_only_function<void(Roster)>;

  virtual ~InstanceSource() = default;
  virtual std::string_view name() const = 0;
  // Once. It may tell at once, from in here.
  virtual void begin(Tell tell) = 0;
};

}  // namespace rota
