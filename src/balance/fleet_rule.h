// Small fleets first: of a service's instances that could serve, slowness, overload and open breakers may together take out at most half, rounded down, and so
// never the last one. Whoever else is bad stays in with a tenth of its weight: the least bad ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace rota {

struct FleetMember {
  bool could_serve = true;  // neither dead nor starting nor draining
  double badness = 0;       // 0: nothing is wrong with it
  bool is_out = false;      // by this rule, up to now; of two that are as bad, that one stays out
};

// Which of them are out, in their order.
inline std::vector<bool> taken_out(const std::vector<FleetMember>& members) {
  std::vector<std::size_t> bad;
  std::size_t able = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (!members[i].could_serve) continue;
    ++able;
    if (members[i].badness > 0) bad.push_back(i);
  }
  std::ranges::sort(bad, [&members](std::size_t a, std::size_t b) {
    const FleetMember& x = members[a];
    const FleetMember& y = members[b];
    if (x.badness != y.badness) return x.badness > y.badness;
    return x.is_out != y.is_out ? x.is_out : a < b;
  });
  std::vector<bool> out(members.size(), false);
  for (std::size_t i = 0; i < std::min(bad.size(), able / 2); ++i) out[bad[i]] = true;
  return out;
}

inline constexpr unsigned kKeptInPercent = 10;  // of their weight, for those that the rule keeps in

}  // namespace rota
