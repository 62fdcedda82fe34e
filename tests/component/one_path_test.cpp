// There is one form of a path. For thousands of generated targets: what chose the route, what the access log says and what the instance is sent is, byte for
// byte, what the client has sent; and who reads it carelessly is led nowhere else.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

using namespace std::string_view_literals;

// What two readers have ever taken for different things, and what stands between that.
constexpr std::array kAtoms{"/"sv,   "/"sv,     "/"sv,        "/"sv,    "//"sv,   "a"sv,       "b"sv,   "C"sv,      "."sv,
                            "."sv,   ".."sv,    "..."sv,      ";"sv,    ";x=1"sv, "..;"sv,     "%2e"sv, "%2E"sv,    "%2f"sv,
                            "%5C"sv, "%252e"sv, "%252f"sv,    "%00"sv,  "%61"sv,  "%3b"sv,     "%3f"sv, "%c0%af"sv, "%"sv,
                            "\\"sv,  "?"sv,     "#"sv,        "@"sv,    ":80"sv,  "|"sv,       "[]"sv,  "{"sv,      "~"sv,
                            "&"sv,   "+"sv,     "\xc3\xa9"sv, "\x7f"sv, "*"sv,    "http://a"sv};

std::string make_target(Rng& rng) {
  std::string target(rng.below(8) == 0 ? "http://a" : "");
  if (rng.below(20) != 0) target += '/';
  for (std::uint64_t left = rng.below(10); left > 0; --left) target += kAtoms[rng.below(kAtoms.size())];
  return target;
}

// As it is to be forwarded: in origin form.
std::string origin_form(std::string_view target) {
  constexpr std::string_view kHere = "http://a";
  if (!target.starts_with(kHere)) return std::string(target);
  target.remove_prefix(kHere.size());
  return (target.starts_with('/') ? "" : "/") + std::string(target);
}

std::string path_of(const std::string& target) { return target.substr(0, target.find('?')); }

// One of the prefixes of it that end at a segment.
std::string some_prefix(const std::string& path, Rng& rng) {
  const std::size_t at = path.find('/', rng.below(path.size() + 1));
  return path.substr(0, at);
}

bool is_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

std::string decoded(std::string_view path) {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) {
    unsigned byte = static_cast<unsigned char>(path[i]);
    if (path[i] == '%') {
      EXPECT_TRUE(i + 2 < path.size() && std::from_chars(&path[i + 1], &path[i + 1] + 2, byte, 16).ptr == &path[i + 1] + 2) << path;
      i += 2;
    }
    text += static_cast<char>(byte);
  }
  return text;
}

std::string without_parameters(std::string_view path) {
  std::string text;
  for (bool drops = false; const char c : path) {
    drops = c != '/' && (drops || c == ';');
    if (!drops) text += c;
  }
  return text;
}

bool climbs(const std::string& path) {
  const std::string closed = path + '/';
  return closed.contains("/./") || closed.contains("/../") || closed.contains('\\');
}

// A worker with two services, of one instance each, and an access log that nobody empties but the test.
class Stage {
 public:
  Stage() : proxy_(2, {}, {}, &settings_) {
    slots_->take();  // what the stage itself has begun with, for the two that it gave
    slots_->take();
    proxy_.play(echo());
  }

  // The first service takes what is below `prefix`, the other one all else.
  void route(const std::string& prefix) {
    std::vector<Route> routes;
    routes.push_back({.host = {}, .path = prefix, .service = 0, .timeouts = {}});
    routes.push_back({.host = {}, .path = {}, .service = 1, .timeouts = {}});
    const Roster roster{.services = {service_of(0), service_of(1)}, .routes = std::make_shared<const Routes>(std::move(routes))};
    proxy_.worker().publish({.snapshot = snapshot_of(roster, slots_)});
  }

  struct Outcome {
    std::string status;
    std::vector<Seen> seen;
    nlohmann::json logged;
  };
  Outcome ask(const std::string& target) {
    proxy_.seen.clear();
    const std::size_t client =
        proxy_.add_client({fmt::format("GET {} HTTP/1.1\r\nHost: a\r\nX-Id: x\r\nConnection: close\r\n\r\n", target)});
    proxy_.run();
    std::string line;
    ring_.take(line, 64 * 1024);
    return {.status = proxy_.received(client).substr(9, 3), .seen = proxy_.seen, .logged = nlohmann::json::parse(line)};
  }

 private:
  static RosterService service_of(std::size_t i) {
    const Address address{.family = Address::Family::ipv4, .port = static_cast<std::uint16_t>(9001 + i), .host = "192.0.2.10"};
    return {.name = i == 0 ? "below" : "else", .settings = {}, .instances = {{.identity = address.text(), .address = address}}};
  }

  LogWriter writer_;
  LogRing ring_{64 * 1024};
  AccessLog::Settings settings_{.format = {.format = LogFormat::json}, .headers = {}, .writer = writer_, .ring = ring_};
  const std::shared_ptr<Slots> slots_ = std::make_shared<Slots>();
  ProxyStage proxy_;
};

TEST(OnePath, IsRoutedLoggedAndForwardedByteForByteAsItWasSent) {
  Rng rng(20261);
  int passed = 0;
  int refused = 0;
  for (int round = 0; round < 100; ++round) {
    Stage stage;
    for (int i = 0; i < 100; ++i) {
      const std::string target = make_target(rng);
      const std::string origin = origin_form(target);
      const std::string path = path_of(origin);
      const std::string prefix = path.starts_with('/') ? some_prefix(path, rng) : "";
      SCOPED_TRACE(fmt::format("target {}, route {}", testing::PrintToString(target), testing::PrintToString(prefix)));
      stage.route(prefix);
      const Stage::Outcome outcome = stage.ask(target);
      if (outcome.status == "400") {
        EXPECT_TRUE(outcome.seen.empty());
        ++refused;
        continue;
      }
      ++passed;
      ASSERT_EQ(outcome.status, "200");
      ASSERT_EQ(outcome.seen.size(), 1u);
      EXPECT_EQ(outcome.seen[0].head.substr(0, outcome.seen[0].head.find("\r\n")), fmt::format("GET {} HTTP/1.1", origin));
      EXPECT_EQ(outcome.logged["path"], origin);
      EXPECT_EQ(outcome.logged["service"], is_below(path, prefix) ? "below" : "else");
      EXPECT_EQ(outcome.seen[0].instance, is_below(path, prefix) ? 0u : 1u);
      EXPECT_EQ(std::ranges::count(decoded(path), '/'), std::ranges::count(path, '/')) << "decoding it makes another path of it";
      EXPECT_FALSE(climbs(decoded(path)) || climbs(decoded(without_parameters(path))) || climbs(without_parameters(decoded(path))));
      if (HasFailure()) return;
    }
  }
  fmt::print("{} targets passed, {} were refused\n", passed, refused);
  EXPECT_GT(passed, 2000);
  EXPECT_GT(refused, 2000);
}

}  // namespace
}  // namespace rota::test
