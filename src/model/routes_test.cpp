#include "model/routes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "base/rng.h"

namespace rota {
namespace {

struct Pattern {
  std::string host;
  std::string path;
};

Routes routes_of(const std::vector<Pattern>& patterns) {
  std::vector<Route> routes;
  for (const Pattern& pattern : patterns) routes.push_back({.host = pattern.host, .path = pattern.path, .service = 0, .timeouts = {}});
  return Routes(std::move(routes));
}

// Which one it is, as "host path"; "none".
std::string taken(const Routes& routes, std::string_view host, std::string_view path) {
  const Route* route = routes.match(host, path);
  return route == nullptr ? "none" : route->host + " " + route->path;
}

TEST(Routes, TakeNothingWhereThereAreNone) {
  EXPECT_EQ(Routes().match("a", "/"), nullptr);
  EXPECT_EQ(routes_of({}).match("", "*"), nullptr);
}

TEST(Routes, OneForEverythingTakesEverything) {
  for (const char* path : {"", "/"}) {
    const Routes routes = routes_of({{"", path}});
    for (const char* host : {"", "a", "a.example.com:80"}) EXPECT_NE(routes.match(host, "/x"), nullptr);
    EXPECT_NE(routes.match("a", "*"), nullptr);
  }
}

TEST(Routes, AnExactHostWinsThenAWildcardThenNone) {
  const Routes routes = routes_of({{"", ""}, {"*.example.com", ""}, {"api.example.com", ""}});
  EXPECT_EQ(taken(routes, "api.example.com", "/"), "api.example.com ");
  EXPECT_EQ(taken(routes, "www.example.com", "/"), "*.example.com ");
  EXPECT_EQ(taken(routes, "example.com", "/"), " ");
  EXPECT_EQ(taken(routes, "", "/"), " ");
}

TEST(Routes, TheHostCountsBeforeThePath) {
  const Routes routes = routes_of({{"", "/api/v1/things"}, {"*.b", "/api/v1"}, {"a.b", "/api"}});
  EXPECT_EQ(taken(routes, "a.b", "/api/v1/things"), "a.b /api");
  EXPECT_EQ(taken(routes, "x.b", "/api/v1/things"), "*.b /api/v1");
  EXPECT_EQ(taken(routes, "x", "/api/v1/things"), " /api/v1/things");
}

TEST(Routes, AHostWithoutARouteForThePathDoesNotEndTheSearch) {
  const Routes routes = routes_of({{"a.b.c", "/exact"}, {"*.b.c", "/long"}, {"*.c", "/short"}, {"", "/any"}});
  EXPECT_EQ(taken(routes, "a.b.c", "/exact"), "a.b.c /exact");
  EXPECT_EQ(taken(routes, "a.b.c", "/long"), "*.b.c /long");
  EXPECT_EQ(taken(routes, "a.b.c", "/short"), "*.c /short");
  EXPECT_EQ(taken(routes, "a.b.c", "/any"), " /any");
  EXPECT_EQ(taken(routes, "a.b.c", "/"), "none");
}

TEST(Routes, AWildcardTakesOneLabelOrMoreAndTheLongestWins) {
  const Routes routes = routes_of({{"*.com", ""}, {"*.example.com", ""}, {"*.b.example.com", ""}});
  EXPECT_EQ(taken(routes, "a.b.example.com", "/"), "*.b.example.com ");
  EXPECT_EQ(taken(routes, "x.y.b.example.com", "/"), "*.b.example.com ");
  EXPECT_EQ(taken(routes, "b.example.com", "/"), "*.example.com ");
  EXPECT_EQ(taken(routes, "a.c.example.com", "/"), "*.example.com ");
  EXPECT_EQ(taken(routes, "example.com", "/"), "*.com ");
  EXPECT_EQ(taken(routes, "com", "/"), "none");
  EXPECT_EQ(taken(routes, "notexample.com.org", "/"), "none");
  EXPECT_EQ(taken(routes_of({{"*.example.com", ""}}), "anexample.com", "/"), "none");
  EXPECT_EQ(taken(routes_of({{"*.example.com", ""}}), ".example.com", "/"), "none");
}

TEST(Routes, TheLongestPathWinsWhereverItStands) {
  const Routes routes = routes_of({{"", "/a"}, {"", "/a/b/c/"}, {"", ""}, {"", "/a/b"}});
  EXPECT_EQ(taken(routes, "", "/a/b/c/d"), " /a/b/c/");
  EXPECT_EQ(taken(routes, "", "/a/b/cd"), " /a/b");
  EXPECT_EQ(taken(routes, "", "/a/x"), " /a");
  EXPECT_EQ(taken(routes, "", "/x"), " ");
}

TEST(Routes, APathEndsAtASegment) {
  for (const char* path : {"/api", "/api/"}) {
    const Routes routes = routes_of({{"", path}});
    for (const char* taken : {"/api", "/api/", "/api/x", "/api//", "/api/x/y"}) EXPECT_NE(routes.match("", taken), nullptr) << taken;
    for (const char* other : {"/", "/ap", "/apix", "/API", "/x/api", "//api", "api", "", "*"}) {
      EXPECT_EQ(routes.match("", other), nullptr) << other;
    }
  }
}

TEST(Routes, AnEmptySegmentIsASegment) {
  EXPECT_EQ(taken(routes_of({{"", "/a//b"}}), "", "/a//b/c"), " /a//b");
  EXPECT_EQ(taken(routes_of({{"", "/a//b"}}), "", "/a/b"), "none");
  const Routes routes = routes_of({{"", "//"}});
  EXPECT_EQ(taken(routes, "", "//x"), " //");
  EXPECT_EQ(taken(routes, "", "/"), " //");  // as `/api/` takes `/api`
  EXPECT_EQ(taken(routes, "", "/x"), "none");
}

TEST(Routes, OptionsOfTheWholeServerGoesToOneForAnyPath) {
  EXPECT_EQ(taken(routes_of({{"a", "/x"}, {"a", ""}, {"b", "/x"}}), "a", "*"), "a ");
  EXPECT_EQ(taken(routes_of({{"a", "/x"}, {"a", ""}, {"b", "/x"}}), "b", "*"), "none");
}

TEST(Routes, OfEqualOnesTheFirstCounts) {
  std::vector<Route> routes(2);
  routes[1].timeouts.body = Duration{1};
  EXPECT_EQ(Routes(routes).match("", "/")->timeouts.body, Timeouts{}.body);
  routes[0].path = "/a";
  routes[1].path = "/a/";
  EXPECT_EQ(Routes(routes).match("", "/a")->timeouts.body, Timeouts{}.body);
}

TEST(Routes, CasePortAndFinalDotOfAHostMakeNoDifference) {
  const Routes routes = routes_of({{"api.example.com", ""}, {"*.test", ""}, {"[::1]", ""}, {"127.0.0.1", ""}, {"my_app.localhost", ""}});
  for (const char* host : {"api.example.com", "API.Example.COM", "api.example.com:8080", "api.example.com.", "Api.example.com.:80"}) {
    EXPECT_EQ(taken(routes, host, "/"), "api.example.com ") << host;
  }
  for (const char* host : {"a.test", "A.TEST", "a.b.Test.:1"}) EXPECT_EQ(taken(routes, host, "/"), "*.test ") << host;
  for (const char* host : {"[::1]", "[::1]:80"}) EXPECT_EQ(taken(routes, host, "/"), "[::1] ") << host;
  EXPECT_EQ(taken(routes, "127.0.0.1:80", "/"), "127.0.0.1 ");
  EXPECT_EQ(taken(routes, "My_App.localhost:80", "/"), "my_app.localhost ");
  for (const char* host : {"[::1", "::1", "[]", "[", ".", ":", ":80", "..test"}) {
    const std::string what = taken(routes, host, "/");
    EXPECT_TRUE(what == "none" || what == "*.test ") << host;
  }
}

// Hosts are read in words: of every length, each byte counts, in either case, wherever it stands, and whatever is behind it.
TEST(Routes, EveryByteOfAHostCountsWhateverItsLength) {
  for (std::size_t size = 1; size <= 26; ++size) {
    std::string host(size, 'z');
    for (std::size_t i = 0; i < size; ++i) host[i] = static_cast<char>('a' + i % 26);
    const Routes routes = routes_of({{host, ""}, {"*.q", ""}});
    for (const char* behind : {"", ".", ":1", ":65535", ".:80"}) EXPECT_EQ(taken(routes, host + behind, "/"), host + " ") << behind;
    for (std::size_t i = 0; i < size; ++i) {
      std::string other = host;
      other[i] = static_cast<char>(host[i] - 32);  // its capital
      EXPECT_EQ(taken(routes, other, "/"), host + " ") << other;
      EXPECT_EQ(taken(routes, other + ":8080", "/"), host + " ") << other;
      for (const char c : {'_', '-', '.', '0', '@', '`', '{', '[', '\0'}) {
        other[i] = c;
        EXPECT_NE(taken(routes, other, "/"), host + " ") << other;
      }
    }
    EXPECT_EQ(taken(routes, host + host, "/"), "none");
    EXPECT_EQ(taken(routes, host.substr(1), "/"), "none");
  }
}

// As long and as split as can be: no more is looked at than routes can have, and nothing past any end.
TEST(Routes, HostileHostsAndPathsFindWhatTheyShould) {
  std::string many_labels;  // 127 of them, 253 bytes
  for (int i = 0; i < 126; ++i) many_labels += "a.";
  many_labels += "a";
  const std::string deep = [] {
    std::string path;
    for (std::size_t i = 0; i < kDeepestRoutePath; ++i) path += "/d";
    return path;
  }();
  const std::string longest = "/" + std::string(kLongestRoutePath - 1, 'p');
  const Routes routes = routes_of(
      {{"*.a", ""}, {"*." + many_labels.substr(2), "/x"}, {many_labels, "/y"}, {"", "/d"}, {"", deep}, {"", longest}, {"deep", "/d"}});
  EXPECT_EQ(taken(routes, many_labels, "/x"), "*." + many_labels.substr(2) + " /x");
  EXPECT_EQ(taken(routes, many_labels, "/y"), many_labels + " /y");
  EXPECT_EQ(taken(routes, many_labels, "/z"), "*.a ");
  EXPECT_EQ(taken(routes, std::string(253, 'a') + ".a", "/"), "*.a ");
  EXPECT_EQ(taken(routes, std::string(254, 'a') + ".a", "/"), "none");  // no host is that long
  EXPECT_EQ(taken(routes, std::string(100'000, '.'), "/"), "none");
  EXPECT_EQ(taken(routes, std::string(255, '.'), "/"), "none");
  EXPECT_EQ(taken(routes, "x", std::string(4000, '/')), "none");
  EXPECT_EQ(taken(routes, "x", "/d" + std::string(4000, '/')), " /d");
  EXPECT_EQ(taken(routes, "x", deep + std::string(4000, '/')), " " + deep);
  EXPECT_EQ(taken(routes, "deep", deep + "/x"), "deep /d");
  EXPECT_EQ(taken(routes, "x", deep.substr(0, deep.size() - 2)), " /d");
  EXPECT_EQ(taken(routes, "x", longest), " " + longest);
  EXPECT_EQ(taken(routes, "x", longest + "/p"), " " + longest);
  EXPECT_EQ(taken(routes, "x", longest + "p"), "none");
  EXPECT_EQ(taken(routes, "x", longest.substr(0, longest.size() - 1)), "none");
  EXPECT_EQ(taken(routes, "x", "/" + std::string(1'000'000, 'p')), "none");
  EXPECT_EQ(taken(routes, std::string_view("a\0b", 3), std::string_view("/\0/d", 4)), "none");
}

TEST(Routes, StayWhereTheyAreWhenMoved) {
  Routes first = routes_of({{"a", "/x"}, {"*.b", ""}});
  const Routes routes = std::move(first);
  EXPECT_EQ(taken(routes, "a", "/x"), "a /x");
  EXPECT_EQ(taken(routes, "x.b", "/x"), "*.b ");
}

// The rules as the operator reads them, one route after the other.
namespace reference {

std::string plain(std::string_view host) {
  std::string name(host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':')));
  if (name.ends_with('.')) name.pop_back();
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

// How well the host fits: 0 any host, then a wildcard by its length, then an exact one; nullopt: not at all.
std::optional<std::size_t> host_rank(const Route& route, std::string_view host) {
  const std::string name = plain(host);
  if (route.host.empty()) return 0;
  if (!route.host.starts_with("*.")) return route.host == name ? std::optional<std::size_t>(1000) : std::nullopt;
  const std::string suffix = route.host.substr(1);
  return name.size() > suffix.size() && name.ends_with(suffix) ? std::optional<std::size_t>(suffix.size()) : std::nullopt;
}

std::optional<std::size_t> path_rank(const Route& route, std::string_view path) {
  std::string prefix = route.path;
  if (prefix.ends_with('/')) prefix.pop_back();
  if (prefix.empty() || path == prefix || path.starts_with(prefix + "/")) return prefix.size();
  return std::nullopt;
}

// The place of the route that takes it.
std::optional<std::size_t> match(const std::vector<Route>& routes, std::string_view host, std::string_view path) {
  std::optional<std::size_t> best;
  std::pair<std::size_t, std::size_t> best_rank;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto of_host = host_rank(routes[i], host);
    const auto of_path = path_rank(routes[i], path);
    if (!of_host || !of_path || (best && std::pair(*of_host, *of_path) <= best_rank)) continue;
    best = i;
    best_rank = {*of_host, *of_path};
  }
  return best;
}

}  // namespace reference

// Few words, so that prefixes, suffixes and repeats are common.
std::string random_host(Rng& rng) {
  constexpr std::array<std::string_view, 4> kLabels{"a", "b", "ab", "c"};
  std::string host;
  for (std::uint64_t labels = 1 + rng.below(4); labels > 0; --labels) {
    host += kLabels[rng.below(kLabels.size())];
    if (labels > 1) host += '.';
  }
  return host;
}

std::string random_path(Rng& rng) {
  constexpr std::array<std::string_view, 5> kSegments{"x", "y", "xy", "", "x"};
  std::string path;
  for (std::uint64_t segments = rng.below(5); segments > 0; --segments) path += "/" + std::string(kSegments[rng.below(kSegments.size())]);
  if (path.empty() || rng.below(4) == 0) path += '/';
  return path;
}

std::string as_a_client_writes(Rng& rng, std::string host) {
  if (rng.below(3) == 0)
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  if (rng.below(4) == 0) host += '.';
  if (rng.below(4) == 0) host += ":8080";
  return host;
}

TEST(Routes, TakeWhatAReadingOfTheRulesOneByOneTakes) {
  Rng rng(20);
  int found = 0;
  int asked = 0;
  for (int table = 0; table < 3000; ++table) {
    std::vector<Route> list(rng.below(12));
    for (Route& route : list) {
      const std::uint64_t kind = rng.below(4);
      if (kind > 0) route.host = (kind == 1 ? "*." : "") + random_host(rng);
      if (rng.below(4) > 0) route.path = random_path(rng);
    }
    const Routes routes(list);  // a copy, in the same order
    for (int i = 0; i < 30; ++i, ++asked) {
      const std::string host = rng.below(10) == 0 ? "" : as_a_client_writes(rng, random_host(rng));
      const std::string path = rng.below(20) == 0 ? "*" : random_path(rng);
      const auto expected = reference::match(list, host, path);
      const Route* const route = routes.match(host, path);
      ASSERT_EQ(route != nullptr, expected.has_value()) << host << path;
      if (route == nullptr) continue;
      ++found;
      // Their texts say which it is, but for an equal one, which nothing but its place tells apart.
      ASSERT_EQ(route->host, list[*expected].host) << host << path;
      ASSERT_EQ(route->path, list[*expected].path) << host << path;
    }
  }
  EXPECT_GT(found, asked / 4);
  EXPECT_LT(found, asked);
}

TEST(Routes, TenThousandAreToldApart) {
  std::vector<Pattern> patterns;
  for (int i = 0; i < 10'000; ++i) patterns.push_back({"h" + std::to_string(i / 4) + ".example.com", "/p" + std::to_string(i % 4) + "/"});
  const Routes routes = routes_of(patterns);
  for (const Pattern& pattern : patterns) EXPECT_EQ(taken(routes, pattern.host, pattern.path + "x"), pattern.host + " " + pattern.path);
}

// The quickest of many short rounds: what it costs when nothing else is in the way.
std::chrono::nanoseconds cost_of(const Routes& routes, std::string_view host, std::string_view path) {
  auto best = std::chrono::nanoseconds::max();
  const Route* volatile found = nullptr;  // so that nothing is left out
  for (int round = 0; round < 30; ++round) {
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 300; ++i) found = routes.match(host, path);
    best = std::min(best, std::chrono::nanoseconds(std::chrono::steady_clock::now() - began));
  }
  static_cast<void>(found);
  return best;
}

// With ten times the room; one by one, they would cost thousands of times as much.
TEST(Routes, TenThousandCostWhatTwoCost) {
  const auto table = [](int count) {
    std::vector<Pattern> patterns;
    for (int i = 0; i < count; ++i) {
      const std::string number = std::to_string(1'000'000 + i);
      patterns.push_back({"h" + number + ".test", "/api/"});
      patterns.push_back({"*.w" + number + ".test", "/api/"});
      patterns.push_back({"one.test", "/p" + number});
    }
    return routes_of(patterns);
  };
  const Routes few = table(1);
  const Routes many = table(3334);
  const std::string slashes(4000, '/');
  for (const auto& [host, path] : std::to_array<std::pair<std::string_view, std::string_view>>({{"h1000000.test", "/api/x"},
                                                                                                {"x.w1000000.test", "/api/x"},
                                                                                                {"one.test", "/p1000000/x"},
                                                                                                {"nobody.test", "/"},
                                                                                                {"one.test", slashes}})) {
    EXPECT_LT(cost_of(many, host, path), 10 * cost_of(few, host, path)) << host << path.substr(0, 20);
  }
  EXPECT_LT(cost_of(many, "one.test", slashes), 10 * cost_of(many, "one.test", "/p1000000/x"));
}

}  // namespace
}  // namespace rota
