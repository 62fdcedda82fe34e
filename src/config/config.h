// What the operator asked for, after all layers: plain values, checked one by one and together. load.h makes it; app/ turns it into a
// Snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/access_line.h"
#include "log/log_level.h"
#include "model/settings.h"
#include "net/address.h"

namespace rota {

struct InstanceConfig {
  Address address;
  std::uint32_t weight = 1;  // 1 to 1000
};

struct ServiceConfig {
  std::string name;
  ServiceSettings settings;
  std::vector<InstanceConfig> instances;
};

struct AdminConfig {
  std::optional<Address> listen;   // none: there is no admin listener
  std::string token;               // a secret; empty: none, and then `listen` can be reached from this machine alone
  std::vector<std::string> hosts;  // without ports, lower case
};

struct AccessLogConfig {
  LogFormat format = LogFormat::json;
  std::string path = "-";
  std::vector<std::string> headers;  // lower case, as in redact
  std::vector<std::string> redact{"authorization", "cookie", "proxy-authorization"};
};

struct LogConfig {
  LogLevel level = LogLevel::info;
  std::string path = "stderr";
};

struct RouteConfig {
  std::string host;  // as in Route
  std::string path;
  std::size_t service = 0;  // a place in Config::services
  Timeouts timeouts;
};

struct Config {
  std::vector<Address> listen;
  AdminConfig admin;
  std::uint32_t workers = 0;  // 0 = auto: cores, or the cgroup's CPU quota where smaller
  AccessLogConfig access_log;
  LogConfig log;
  Limits limits;
  ServiceSettings defaults;
  std::vector<ServiceConfig> services;
  std::vector<RouteConfig> routes;  // empty: the one service takes everything; of several each has its own name (make_roster.h)
};

}  // namespace rota
