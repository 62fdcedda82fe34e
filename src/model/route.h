// Which requests go to a service, by host and path, and the timeouts that hold for them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/settings.h"

namespace rota {

struct Route {
  std::string host;         // lower case, without port and final dot; "*.example.com": every name that ends so; empty: any
  std::string path;         // a prefix of whole segments, as a request would write it; empty or "/": any
  std::size_t service = 0;  // a place among the snapshot's services
  Timeouts timeouts;        // the service's, with the route's own on top
};

// What a lookup may cost is bounded by these.
inline constexpr std::size_t kLongestRoutePath = 1024;
inline constexpr std::size_t kDeepestRoutePath = 32;  // segments

inline constexpr std::string_view kWildcard = "*.";

// One spelling of a route's path: `/api/` and `/api` are the same route, and `/` is none.
constexpr std::string_view route_prefix(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace rota
