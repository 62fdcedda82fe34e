// Each way a route can be wrong, as the person who wrote it sees it.
#include "config/read_routes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "model/route.h"

namespace rota {
namespace {

using namespace std::chrono_literals;

const std::string kServices = "services: { app: { instances: [a:1] }, api: { timeouts: { body: 7s }, instances: [b:1, b:2] } }\n";

std::string errors_of(const std::string& text) {
  const auto loaded = parse_config(kServices + text, "f", {});
  return loaded ? "" : render(loaded.error());
}

// Of the one route `text`: place and message, without the line and the caret.
std::string error_in(const std::string& text) {
  const auto loaded = parse_config(kServices + "routes: [" + text + "]\n", "f", {});
  if (loaded) return "";
  const Diagnostic& first = loaded.error().front();
  return fmt::format("{}:{}: {}{}{}", first.line, first.column, first.message, first.hint.empty() ? "" : " | ", first.hint);
}

Config config_of(const std::string& text) {
  auto loaded = parse_config(text, "f", {});
  EXPECT_TRUE(loaded) << (loaded ? "" : render(loaded.error()));
  return loaded ? loaded->config : Config{};
}

TEST(ReadRoutes, TakesWholeRoutes) {
  const Config config = config_of(kServices + R"(
routes:
  - { service: app }
  - { host: API.Example.com., path: /api/, service: api, timeouts: { response: 9s } }
  - host: "*.Example.com"
    service: api
  - { host: "[::1]", path: "/a%20b", service: app }
)");
  ASSERT_EQ(config.routes.size(), 4u);
  EXPECT_EQ(config.routes[0].host, "");
  EXPECT_EQ(config.routes[0].path, "");
  EXPECT_EQ(config.routes[0].service, 0u);
  EXPECT_EQ(config.routes[1].host, "api.example.com");
  EXPECT_EQ(config.routes[1].path, "/api/");
  EXPECT_EQ(config.routes[1].service, 1u);
  EXPECT_EQ(config.routes[1].timeouts.response, 9s);  // its own
  EXPECT_EQ(config.routes[1].timeouts.body, 7s);      // its service's
  EXPECT_EQ(config.routes[1].timeouts.connect, 1s);   // the default
  EXPECT_EQ(config.routes[2].host, "*.example.com");
  EXPECT_EQ(config.routes[3].host, "[::1]");
}

TEST(ReadRoutes, PointsAtAServiceThatIsNotThere) {
  EXPECT_EQ(errors_of("routes:\n  - { host: a, service: ap }\n"),
            "f:3:25: unknown service 'ap'\n  - { host: a, service: ap }\n                        ^\ndid you mean 'app'?\n");
  EXPECT_EQ(error_in("{ service: nobody }"), "2:21: unknown service 'nobody'");
  EXPECT_EQ(error_in("{ host: a }"),
            "2:10: this route has no 'service' | write it like { host: api.example.com, path: /api/, service: app }");
  EXPECT_EQ(error_in("{ service: }"), "2:21: 'service' has no value");
  EXPECT_EQ(error_in("{ service: [app] }"), "2:21: 'service' must be a single value, not a list");
}

TEST(ReadRoutes, SaysNothingMoreOfAServiceThatIsWrongItself) {
  const auto loaded = parse_config("services: { app: 5 }\nroutes: [{ service: app }]\n", "f", {});
  ASSERT_EQ(loaded.error().size(), 1u);
  EXPECT_EQ(loaded.error()[0].line, 1);
  const auto none = parse_config("routes: [{ service: app }]\n", "f", {});
  ASSERT_EQ(none.error().size(), 1u);
  EXPECT_EQ(none.error()[0].message, "no service");
}

TEST(ReadRoutes, NamesUnknownKeys) {
  EXPECT_EQ(error_in("{ servic: app, service: app }"), "2:12: unknown key 'servic' in 'routes' | did you mean 'service'?");
  EXPECT_EQ(error_in("{ service: app, timeout: { response: 1s } }"), "2:26: unknown key 'timeout' in 'routes' | did you mean 'timeouts'?");
  EXPECT_EQ(error_in("{ service: app, timeouts: { respons: 1s } }"),
            "2:38: unknown key 'respons' in 'routes.timeouts' | did you mean 'response'?");
  EXPECT_EQ(error_in("{ service: app, timeouts: { response: 1 } }"), "2:48: '1' needs a unit: 1ms, 1s or 1m");
  EXPECT_EQ(error_in("{ service: app, timeouts: 5s }"), "2:36: 'routes.timeouts' must be a mapping (key: value), not a single value");
}

TEST(ReadRoutes, ChecksHosts) {
  const auto error = [](const std::string& host) { return error_in("{ service: app, host: " + host + " }"); };
  for (const char* host : {"a", "A-b.c_d", "a.b.", "127.0.0.1", "'[::1]'", "'*.a'", "'*.a.b'"}) EXPECT_EQ(error(host), "") << host;
  EXPECT_EQ(error("a:80"), "2:32: 'a:80' has a port; a route's host has none | the port that a client writes makes no difference");
  EXPECT_EQ(error("'[::1]:80'"),
            "2:32: '[::1]:80' has a port; a route's host has none | the port that a client writes makes no difference");
  EXPECT_EQ(error("'*'"), "2:32: '*' is no host | leave 'host' out to take every host");
  for (const char* host : {"a.*.b", "*a.b", "*.*.a", "a.*"}) {
    EXPECT_EQ(error("'" + std::string(host) + "'"),
              fmt::format("2:32: '{}' is no host | a wildcard stands in front of a name, once: *.example.com", host));
  }
  EXPECT_EQ(error("'*.[::1]'"), "2:32: '*.[::1]' is no host | a wildcard stands in front of a name, not of an address");
  for (const char* host : {"a b", "a..b", ".a", "*.", "*..a", "http://a", "::1", "a/b", "caf\xc3\xa9", "[::1", "''"}) {
    EXPECT_NE(error(std::string(host) == "''" ? host : "'" + std::string(host) + "'"), "") << host;
  }
  EXPECT_EQ(error("a b"), "2:32: 'a b' is no host | a host is a name, an address, or *. and a name: api.example.com");
  EXPECT_EQ(error(""), "2:33: 'host' has no value");
}

TEST(ReadRoutes, ChecksPathsAsTheWireDoes) {
  const auto error = [](const std::string& path) { return error_in("{ service: app, path: '" + path + "' }"); };
  for (const char* path : {"/", "/a", "/a/", "/a//b", "/a%20b", "/[x]", "/a;b=c"}) EXPECT_EQ(error(path), "") << path;
  EXPECT_EQ(error("api"), "2:32: 'api' is no path; it begins with '/'");
  EXPECT_EQ(error(""), "2:32: '' is no path; it begins with '/'");
  EXPECT_EQ(error("/a/*"), "2:32: '/a/*' is no path; '*' may not stand in it | a path takes all that lies below it: /api/ is enough");
  EXPECT_EQ(error("/a?b"), "2:32: '/a?b' is no path; it ends before a '?' or '#'");
  EXPECT_EQ(error("/a#b"), "2:32: '/a#b' is no path; it ends before a '?' or '#'");
  for (const char* path : {"/a/../b", "/%2e", "/a%2fb", "/a%5cb", "/a%00", "/a%", "/a b", "/\xc3\xa9", "/a\\b"}) {
    EXPECT_EQ(error(path),
              fmt::format("2:32: '{}' is no path that a request can have | what is not plain in a path is written as %20", path));
  }
  std::string deep;
  for (std::size_t i = 0; i < kDeepestRoutePath; ++i) deep += "/d";
  EXPECT_EQ(error(deep), "");
  EXPECT_EQ(error(deep + "/"), "");
  EXPECT_TRUE(error(deep + "/d").ends_with("is too deep; 32 segments are the most"));
  EXPECT_EQ(error("/" + std::string(1023, 'a')), "");
  EXPECT_TRUE(error("/" + std::string(1024, 'a')).ends_with("is too long; 1024 bytes are the most"));
}

TEST(ReadRoutes, RefusesARouteThatStandsTwice) {
  EXPECT_EQ(errors_of("routes:\n  - { host: a, path: /x, service: app }\n  - { host: A., path: /x/, service: api }\n"),
            "f:4:5: the route 'a/x/' stands twice (line 3)\n  - { host: A., path: /x/, service: api }\n    ^\n");
  EXPECT_EQ(error_in("{ service: app }, { path: /, service: api }"), "2:28: the route for every host and path stands twice (line 2)");
}

TEST(ReadRoutes, NeedsAListOfMappings) {
  const std::string hint = " | write it like { host: api.example.com, path: /api/, service: app }";
  EXPECT_EQ(error_in("app"), "2:10: a route must be a mapping, not a single value" + hint);
  EXPECT_EQ(error_in("[app]"), "2:10: a route must be a mapping, not a list" + hint);
  EXPECT_EQ(error_in(""), "2:9: 'routes' is empty; leave it out, or add one" + hint);
  EXPECT_EQ(errors_of("routes: { service: app }\n"),
            "f:2:9: 'routes' must be a list, not a mapping\nroutes: { service: app }\n        ^\n" + hint.substr(3) + "\n");
  EXPECT_EQ(errors_of("routes:\n"), "");  // commented out
}

TEST(ReadRoutes, WarnsOfAServiceThatNoRouteNames) {
  const auto loaded = parse_config(kServices + "routes: [{ service: app }]\n", "f", {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(render(loaded->warnings),
            "f:1:40: service 'api' is named by no route; it gets no requests\n" + kServices + std::string(39, ' ') + "^\n");
  EXPECT_TRUE(parse_config(kServices, "f", {})->warnings.empty());
}

}  // namespace
}  // namespace rota
