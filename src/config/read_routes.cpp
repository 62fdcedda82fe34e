#include "config/read_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "config/did_you_mean.h"
#include "config/node_checks.h"
#include "config/read_config.h"
#include "config/request_text.h"
#include "http/text.h"
#include "model/route.h"

namespace rota {
namespace {

using Kind = YamlNode::Kind;

constexpr std::array<std::string_view, 4> kKeys{"host", "path", "service", "timeouts"};
constexpr std::string_view kHint = "write it like { host: api.example.com, path: /api/, service: app }";

Checked set_host(std::string& host, std::string_view text) {
  const auto refuse = [&](std::string_view what, std::string hint) {
    return std::unexpected(ValueError{.message = fmt::format("'{}' {}", text, what), .hint = std::move(hint)});
  };
  const bool is_wildcard = text.starts_with(kWildcard);
  const std::string_view name = is_wildcard ? text.substr(kWildcard.size()) : text;
  if (text == "*") return refuse("is no host", "leave 'host' out to take every host");
  if (name.contains('*')) return refuse("is no host", "a wildcard stands in front of a name, once: *.example.com");
  if (is_wildcard && name.starts_with('[')) return refuse("is no host", "a wildcard stands in front of a name, not of an address");
  if (!is_host_without_port(name)) {
    if (is_host(name)) return refuse("has a port; a route's host has none", "the port that a client writes makes no difference");
    return refuse("is no host", "a host is a name, an address, or *. and a name: api.example.com");
  }
  host.assign(text);
  if (host.ends_with('.')) host.pop_back();
  std::ranges::transform(host, host.begin(), http::to_lower);
  return {};
}

Checked set_path(std::string& path, std::string_view text) {
  const auto refuse = [&](std::string_view what, std::string hint = {}) {
    return std::unexpected(ValueError{.message = fmt::format("'{}' {}", text, what), .hint = std::move(hint)});
  };
  if (!text.starts_with('/')) return refuse("is no path; it begins with '/'");
  if (text.contains('*')) return refuse("is no path; '*' may not stand in it", "a path takes all that lies below it: /api/ is enough");
  if (text.contains('?') || text.contains('#')) return refuse("is no path; it ends before a '?' or '#'");
  if (text.size() > kLongestRoutePath) return refuse(fmt::format("is too long; {} bytes are the most", kLongestRoutePath));
  if (std::ranges::count(route_prefix(text), '/') > static_cast<std::ptrdiff_t>(kDeepestRoutePath)) {
    return refuse(fmt::format("is too deep; {} segments are the most", kDeepestRoutePath));
  }
  if (!is_target(text)) return refuse("is no path that a request can have", "what is not plain in a path is written as %20");
  path.assign(text);
  return {};
}

class RouteReader {
 public:
  RouteReader(const YamlNode& root, Config& config, Report& report) : config_(config), report_(report) {
    if (const YamlEntry* services = root.find("services")) {
      for (const YamlEntry& entry : services->value.entries) names_.push_back(entry.key);
    }
    for (std::size_t i = 0; i < config.services.size(); ++i) services_.emplace(config.services[i].name, i);
  }

  void read(const YamlNode& node) {
    if (node.kind == Kind::refused) return;
    if (node.kind != Kind::mapping) {
      return report_.at(node.position, fmt::format("a route must be a mapping, not {}", name_of(node.kind)), std::string(kHint));
    }
    for (const YamlEntry& key : node.entries) {
      if (std::ranges::find(kKeys, key.key) == kKeys.end()) report_unknown(key, "routes", kKeys, report_);
    }
    RouteConfig route;
    const bool host = read_text(node, "host", route.host, set_host);
    const bool path = read_text(node, "path", route.path, set_path);
    const bool service = read_service(node, route);
    if (const YamlEntry* timeouts = node.find("timeouts")) read_timeouts(timeouts->value, "routes", route.timeouts, report_);
    if (host && path && service && is_first(node.position, route)) config_.routes.push_back(std::move(route));
  }

 private:
  // Whether that is well, as it is where the key is left out.
  bool read_text(const YamlNode& node, std::string_view name, std::string& text, Checked (*set)(std::string&, std::string_view)) {
    const YamlEntry* entry = node.find(name);
    if (entry == nullptr) return true;
    if (!is_value(entry->value, name, report_)) return false;
    Checked checked = set(text, entry->value.text);
    const bool well = checked.has_value();
    report_value(entry->value, std::move(checked), report_);
    return well;
  }

  bool read_service(const YamlNode& node, RouteConfig& route) {
    const YamlEntry* entry = node.find("service");
    if (entry == nullptr) {
      report_.at(node.position, "this route has no 'service'", std::string(kHint));
      return false;
    }
    if (!is_value(entry->value, "service", report_)) return false;
    const std::string& name = entry->value.text;
    if (const auto found = services_.find(name); found != services_.end()) {
      route.service = found->second;
      route.timeouts = config_.services[route.service].settings.timeouts;
      return true;
    }
    // One that is there but could not be read has been reported; so has the missing of them all.
    const bool is_reported = names_.empty() || std::ranges::find(names_, name) != names_.end();
    if (!is_reported && !report_.is_full()) {
      report_.at(entry->value.position, fmt::format("unknown service '{}'", name), did_you_mean_hint(name, names_));
    }
    return false;
  }

  // Of two with the same host and path the second would never get anything.
  bool is_first(Position position, const RouteConfig& route) {
    const auto [before, is_new] = seen_.emplace(fmt::format("{}{}", route.host, route_prefix(route.path)), position.line);
    if (is_new) return true;
    const std::string what = before->first.empty() ? "for every host and path" : fmt::format("'{}{}'", route.host, route.path);
    report_.at(position, fmt::format("the route {} stands twice (line {})", what, before->second));
    return false;
  }

  Config& config_;
  Report& report_;
  std::vector<std::string_view> names_;  // of services, also of those that could not be read
  std::unordered_map<std::string_view, std::size_t> services_;
  std::unordered_map<std::string, int> seen_;  // host and path, and the line
};

void warn_of_unnamed(const YamlNode& root, const Config& config, Report& warnings) {
  std::vector<bool> named(config.services.size());
  for (const RouteConfig& route : config.routes) named[route.service] = true;
  const YamlEntry* services = root.find("services");
  for (std::size_t i = 0; i < named.size() && !warnings.is_full(); ++i) {
    const std::string& name = config.services[i].name;
    const YamlEntry* entry = named[i] || services == nullptr ? nullptr : services->value.find(name);
    if (entry != nullptr) warnings.at(entry->position, fmt::format("service '{}' is named by no route; it gets no requests", name));
  }
}

}  // namespace

void read_routes(const YamlNode& root, Config& config, Report& report, Report& warnings) {
  const YamlEntry* routes = root.find("routes");
  if (routes == nullptr || routes->value.kind == Kind::null || routes->value.kind == Kind::refused) return;
  if (routes->value.kind != Kind::sequence) {
    return report.at(routes->value.position, fmt::format("'routes' must be a list, not {}", name_of(routes->value.kind)),
                     std::string(kHint));
  }
  if (routes->value.items.empty())
    return report.at(routes->value.position, "'routes' is empty; leave it out, or add one", std::string(kHint));
  RouteReader reader(root, config, report);
  for (const YamlNode& node : routes->value.items) reader.read(node);
  warn_of_unnamed(root, config, warnings);
}

}  // namespace rota
