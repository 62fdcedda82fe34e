#include "metrics/status_counts.h"

#include <fmt/format.h>

namespace rota {

std::string StatusCounts::label(std::size_t place) {
  const std::uint16_t status = kStatuses[place];
  if (status == 0) return "none";
  return status % 100 == 99 ? fmt::format("{}xx", status / 100) : fmt::format("{}", status);
}

}  // namespace rota
