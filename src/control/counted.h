// Totals as the lists that pages and metrics show: only what is not zero, in a fixed order.
#pragma once

#include <string_view>
#include <vector>

#include "control/fleet_view.h"
#include "control/totals.h"

namespace rota {

std::vector<MethodCount> requests_of(const ServiceTotals& totals);
// What log and metrics call an error.
using ErrorToken = std::string_view (*)(const Error&);
// Errors of one token are one row, in the order of their codes.
std::vector<CountBy> errors_of(const ServiceTotals& totals, ErrorToken token_of);
std::vector<CountBy> retries_of(const ServiceTotals& totals);

}  // namespace rota
