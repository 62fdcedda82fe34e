// What a worker notices of an instance that must not wait until the control thread looks by itself.
#pragma once

#include <memory>

#include "model/instance_state.h"

namespace rota {

class InstanceNews {
 public:
  virtual ~InstanceNews() = default;
  // Nobody listens at its address. From any thread, without waiting; told again only once the one before has been heard.
  virtual void refused(const std::shared_ptr<InstanceState>& instance) = 0;
};

}  // namespace rota
