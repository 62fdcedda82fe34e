// Finds the route that takes a request: one with its host exactly, then by wildcard (the longest suffix first), then one for any host; among
// those of one host the longest path that ends at a segment of the request's; then the first of the file. A host that has no route for the path
// does not end the search. How many routes there are makes no difference: each question is a lookup in a table, and how many are asked depends
// on the depths that routes really use (docs/decisions/0005).
#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "model/route.h"

namespace rota {

// Immutable. Any thread may ask. Invariants: (1) tables and pointers refer into routes_, which never changes; moving keeps its elements where
// they are, copying would not. (2) only_ is set if and only if there is one route and it takes everything.
class Routes {
 public:
  Routes() = default;  // takes nothing
  explicit Routes(std::vector<Route> routes);
  Routes(Routes&&) = default;
  Routes& operator=(Routes&&) = default;

  // `host` as http::is_host() lets it pass: any case, with or without a port and a final dot; may be empty. nullptr: nobody takes it. Allocates nothing.
  const Route* match(std::string_view host, std::string_view path) const { return only_ != nullptr ? only_ : search(host, path); }

  // In the order in which they were given.
  std::span<const Route> all() const { return routes_; }

 private:
  // What is known of the routes that share a host.
  struct Host {
    std::uint32_t number = 0;      // its part of a PathKey
    std::uint32_t longest = 0;     // the longest path, in bytes
    std::uint64_t depths = 0;      // bit d: there is a path of d segments
    const Route* whole = nullptr;  // takes every path
  };
  struct PathKey {
    std::uint32_t host;
    std::string_view prefix;
    friend bool operator==(const PathKey&, const PathKey&) = default;
  };
  struct HostHash {
    std::size_t operator()(std::string_view host) const;
  };
  struct SameHost {
    bool operator()(std::string_view a, std::string_view b) const;
  };
  struct PathHash {
    std::size_t operator()(const PathKey& key) const;
  };
  using Hosts = tsl::robin_map<std::string_view, Host, HostHash, SameHost>;
  class Prefixes;

  Host& host_of(const Route& route);
  void add(const Route& route);
  const Route* search(std::string_view host, std::string_view path) const;
  // Where the host by itself does not decide. `own`: what is known of the host; may be null.
  [[gnu::noinline]] const Route* search(const Host* own, std::string_view name, std::string_view path) const;
  const Route* among(const Host& host, Prefixes& prefixes) const;

  std::vector<Route> routes_;
  const Route* only_ = nullptr;
  Hosts exact_;
  Hosts wildcards_;                  // by what stands behind "*."
  std::size_t wildcard_labels_ = 0;  // the most that a wildcard's suffix has
  Host any_;
  tsl::robin_map<PathKey, const Route*, PathHash> paths_;
  std::uint32_t hosts_ = 0;  // numbered so far; any_ is 0
};

}  // namespace rota
