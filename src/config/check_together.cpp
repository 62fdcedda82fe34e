#include "config/check_together.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "config/checked.h"

namespace rota {
namespace {

// The value at a dotted path, nullptr where there is none.
const YamlNode* find_path(const YamlNode* node, std::string_view path) {
  while (node != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    const YamlEntry* entry = node->find(path.substr(0, dot));
    node = entry == nullptr ? nullptr : &entry->value;
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
  }
  return node;
}

using Paths = std::initializer_list<std::string_view>;

// At the first of these keys that is in the section. False: none is.
bool say_in(const YamlNode* section, Paths paths, Report& report, const ValueError& what) {
  for (const std::string_view path : paths) {
    const YamlNode* node = find_path(section, path);
    if (node == nullptr) continue;
    report.at(node->position, what.message, what.hint);
    return true;
  }
  return false;
}

bool say_of_variable(const Environment& environment, Paths paths, Report& report, const ValueError& what) {
  for (const std::string_view path : paths) {
    const auto variable = variable_for(path, environment);
    if (!variable) continue;
    report.about(*variable, what.message, what.hint);
    return true;
  }
  return false;
}

// Whether nobody but this machine can connect to it. What a name means there is another's to say.
bool is_local(const Address& address) {
  switch (address.family) {
    case Address::Family::ipv4:
      return address.host.starts_with("127.");
    case Address::Family::ipv6:
      return address.host == "::1";
    case Address::Family::unix_path:
      return true;
    case Address::Family::name:
      break;
  }
  return false;
}

Checked check_admin(const Config& config) {
  if (!config.admin.listen) return {};
  const Address& address = *config.admin.listen;
  const bool any_free_port = address.port == 0 && address.family != Address::Family::unix_path;
  if (!any_free_port && std::ranges::find(config.listen, address) != config.listen.end()) {
    return refuse(fmt::format("{} is listened on twice: for clients, and for the admin API", address.text()));
  }
  if (is_local(address) || !config.admin.token.empty()) return {};
  return refuse(fmt::format("{} may be reached from other machines, and there is no admin.token", address.text()),
                fmt::format("set admin.token (or ROTA_ADMIN_TOKEN), or listen on 127.0.0.1:{}", address.port));
}

class ServiceChecks {
 public:
  ServiceChecks(const Layers& layers, const ServiceConfig& service, Report& errors, Report& warnings)
      : layers_(layers), settings_(service.settings), errors_(errors), warnings_(warnings) {
    const YamlNode* services = find_path(layers.file, "services");
    const YamlEntry* entry = services == nullptr ? nullptr : services->find(service.name);
    own_ = entry == nullptr ? nullptr : &entry->value;
  }

  void run() {
    const BreakerSettings& breaker = settings_.breaker;
    if (breaker.max_open < breaker.open) {
      const std::string open = format_duration(breaker.open);
      say({"breaker.max_open", "breaker.open"}, errors_,
          {.message = fmt::format("breaker.max_open ({}) is below breaker.open ({})", format_duration(breaker.max_open), open),
           .hint = fmt::format("breaker.max_open may be {} or more", open)});
    }
    const HealthSettings& health = settings_.health;
    if (health.interval != Duration::zero() && health.timeout > health.interval) {
      say({"health.timeout", "health.interval"}, warnings_,
          {.message = fmt::format("health.timeout ({}) is above health.interval ({}); a probe may still be waiting when the next is due",
                                  format_duration(health.timeout), format_duration(health.interval))});
    }
    // Only its own: in the defaults they are there for those services that have a limit.
    if (settings_.max_requests.limit == 0) {
      say_in(own_, {"max_requests.queue", "max_requests.wait"}, warnings_,
             {.message = "without max_requests.limit nothing waits; this changes nothing"});
    }
  }

 private:
  void say(Paths paths, Report& report, const ValueError& what) {
    if (say_in(own_, paths, report, what) || say_of_variable(layers_.environment, paths, report, what)) return;
    say_in(find_path(layers_.file, "defaults"), paths, report, what);
  }

  const Layers& layers_;
  const ServiceSettings& settings_;
  Report& errors_;
  Report& warnings_;
  const YamlNode* own_;
};

}  // namespace

void check_together(const Config& config, const Layers& layers, Report& errors, Report& warnings) {
  if (const Checked admin = check_admin(config); !admin) {
    if (layers.is_admin_flag) {
      errors.about("--admin", admin.error().message, admin.error().hint);
    } else if (!say_of_variable(layers.environment, {"admin.listen"}, errors, admin.error()) &&
               !say_in(layers.file, {"admin.listen"}, errors, admin.error())) {
      errors.whole_file(admin.error().message, admin.error().hint);
    }
  }
  for (const ServiceConfig& service : config.services) ServiceChecks(layers, service, errors, warnings).run();
}

}  // namespace rota
