#include "admin/instance_counts.h"

namespace rota {

void InstanceCounts::add(const ServiceView& service) {
  for (const InstanceView& instance : service.instances) {
    if (instance.gone) {
      ++gone;
      continue;
    }
    ++total;
    in_service += instance.in_service ? 1 : 0;
    ++by_condition[static_cast<std::size_t>(instance.condition)];
  }
}

InstanceCounts count_instances(const ServiceView& service) {
  InstanceCounts counts;
  counts.add(service);
  return counts;
}

InstanceCounts count_instances(const FleetView& fleet) {
  InstanceCounts counts;
  for (const ServiceView& service : fleet.services) counts.add(service);
  return counts;
}

}  // namespace rota
