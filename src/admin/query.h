// What a request's target says besides its path: percent-decoding, and the parameters of a query.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rota {

// Nothing where a percent sign is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

// The value of the first parameter of that name, as it was sent; empty where it has none. `query` may have its '?'.
std::optional<std::string_view> query_parameter(std::string_view query, std::string_view name);

}  // namespace rota
