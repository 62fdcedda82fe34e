// The API's own description, /api/v1/openapi.json: written by hand, before the code, and served as it is. A test holds every answer against it.
#pragma once

#include <string_view>

namespace rota {

// OpenAPI 3.1.
std::string_view openapi_json();

}  // namespace rota
