#include "config/schema_docs.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/environment.h"
#include "config/field.h"
#include "config/schema.h"
#include "model/route.h"

namespace rota {
namespace {

constexpr std::string_view kIntroduction =
    R"(<!-- `rota schema --markdown` writes this file from the tables in src/config/; edit it there. -->
# Configuration

rota needs to know one thing: where the instances are. Everything else has a default.

```yaml
)";

// A test reads it, so it stays true.
constexpr std::string_view kExample = R"(listen: 0.0.0.0:8080

admin: { hosts: [rota.example.com] }            # by which the pages on 127.0.0.1:8090 may be asked for, too

limits:
  connections: 20000
  drain: 15s

defaults:
  timeouts: { connect: 500ms, response: 10s }
  health: { interval: 2s, fall: 2, latency: 500ms }
  breaker: { failures: 10, ratio: off }
  retry: { on: [connect, reset, 503] }

services:
  app:
    strategy: round_robin
    health: { path: /health, expect: 200-299 }
    max_requests: { limit: 100, queue: 50, wait: 500ms }
    instances:
      - 127.0.0.1:9001
      - { address: 127.0.0.1:9002, weight: 2 }    # gets two requests where the other gets one
      - "[::1]:9003"                              # an IPv6 address needs quotes
  api:
    retry: off
    instances: [127.0.0.1:9011, 127.0.0.1:9012]

routes:
  - { service: app }                              # what no other route takes
  - { host: api.example.com, service: api }
  - { host: "*.example.com", path: /api/, service: api, timeouts: { response: 2m } }
)";

constexpr std::string_view kLayers = R"(```

`rota validate` checks a file without starting anything. An unknown key, a missing unit or a value out of range is an error with its
line and column.

## Where a value comes from

Each layer wins over the one before it:

1. the defaults below
2. the file: `-c FILE`, else `$ROTA_CONFIG`, else `./rota.yaml`, else `/etc/rota/rota.yaml`
3. environment variables
4. flags

A key of a service itself always wins: the environment and the flags set what services default to.

**Environment.** The name of a variable is `ROTA_` and the key in upper case, with `_` for each dot and without `defaults.`. Put `_FILE`
behind it to read the value from a file instead (a mounted secret, for example); one newline at its end is dropped. A list is
written with commas: `ROTA_LISTEN=127.0.0.1:80,[::1]:80`. A `ROTA_*` that rota does not know is a warning.

**While rota runs**, it reads the file again at SIGHUP: services, routes, `defaults` and `log.level` change at once. Every other key waits
for a restart.

**In the file**, a value may contain `${VAR}` (an error if it is not set), `${VAR:-default}` and `${VAR:?message}`; `$$` is a dollar sign.

## How values are written

| kind | written as |
|---|---|
| duration | `500ms`, `5s`, `1m30s`, `2h`; units are `h` `m` `s` `ms` `us`, the largest first. `off`, where allowed, is no limit. |
| size | `512B`, `32KiB`, `1MiB`, `10MB`; `KiB` `MiB` `GiB` count by 1024, `kB` `MB` `GB` by 1000 |
| percentage | `80%`; whole numbers only |
| address | `127.0.0.1:8080`, `"[::1]:8080"`, `app.internal:8080`, `unix:/run/app.sock` |

A number alone is no duration, no size and no percentage. A list may also be one text, its entries separated by commas: `connect,reset`.
`:8080` is every IPv4 interface where listening, and 127.0.0.1 where connecting.

YAML's anchors, aliases, tags and several documents in one file are not supported, and a key may stand only once.
)";

constexpr std::string_view kTogether = R"(
`breaker.max_open` may not be below `breaker.open`; a `health.timeout` above its `health.interval` is a warning.
)";

constexpr std::string_view kServices = R"(
## `services`

Each under its name: small letters, digits, `-` and `_`, beginning with a letter or a digit, 63 characters at most. A service may have every
key of `defaults`, and it needs `instances`, a list. An instance is an address, or a mapping:

| key | default | may be | what it is |
|---|---|---|---|
| `address` | | an address | Where the instance is reached. Each address once. |
)";

constexpr std::string_view kRoutes = R"(
## `routes`

Which service takes a request: a list of mappings, in which every key but `service` may be left out. Without any route, one service takes everything,
and of several each takes the requests whose host is its name and `.localhost` (`app.localhost`). With routes, only they count; a request that
none of them takes is answered by 404.

| key | default | may be | what it is |
|---|---|---|---|
| `host` | any | a name or an address, or `*.` and a name | The host that the request names. Letter case, port and a final dot make no difference. `*.example.com` takes every name below `example.com`, however deep, but not `example.com`. |
| `path` | any | a path of at most {} segments and {} bytes | The path, or what it begins with, whole segments: `/api/` and `/api` are the same, and take `/api`, `/api/` and `/api/x`, not `/apix`. Compared as it was sent, letter case and all. |
| `service` | | a service's name | Where these requests go. |
| `timeouts` | the service's | `timeouts` as in a service | What is different for these requests. |

Of the routes that take a request the one with its exact host wins, then that with the longest wildcard, then one for any host; then the longest
path. Where they stand in the file makes no difference, and the same host and path twice is an error. `OPTIONS *` goes to a route for any path.
)";

std::string code(std::string_view text) { return text.empty() ? "" : fmt::format("`{}`", text); }

template <class Owner>
void add_rows(std::string& out, std::span<const Key<Owner>> keys, std::string_view shown_prefix) {
  out += "| key | default | may be | environment | what it is |\n|---|---|---|---|---|\n";
  for (const Key<Owner>& key : keys) {
    out += fmt::format("| {} | {} | {} | {} | {} |\n", code(fmt::format("{}{}", shown_prefix, key.path)), code(key.fallback),
                       field_values(key.field), code(variable_name(key.path)), key.doc);
  }
}

// The rows of a table are in the order of their sections, so a section is a run of rows with the same first step; those without a dot come
// first.
std::string global_sections() {
  const std::span<const Key<Config>> keys = global_keys();
  const auto section_of = [](const Key<Config>& key) { return key.path.substr(0, key.path.contains('.') ? key.path.find('.') : 0); };
  std::string out;
  for (auto first = keys.begin(); first != keys.end();) {
    const std::string_view section = section_of(*first);
    const auto last = std::find_if(first, keys.end(), [&](const Key<Config>& key) { return section_of(key) != section; });
    out += section.empty() ? "\n## The whole process\n\n" : fmt::format("\n## {}\n\n", code(section));
    add_rows(out, std::span(first, last), "");
    first = last;
  }
  return out;
}

}  // namespace

std::string markdown() {
  std::string out = fmt::format("{}{}{}", kIntroduction, kExample, kLayers);
  out += global_sections();
  out +=
      "\n## `defaults`\n\nThese hold for every service; a service may have each of them under its own name instead: "
      "`services.app.strategy`.\n\n";
  add_rows(out, service_keys(), "defaults.");
  out += "\nThese sections may be the word `off` as a whole:\n\n";
  for (const Switch& one : service_switches()) {
    out += fmt::format("- `{}: off` (`{}=off`): {}.\n", one.section, variable_name(one.section), one.doc);
  }
  out += kTogether;
  out += kServices;
  out += fmt::format("| `weight` | `1` | 1 to {} | How many requests it gets for one of an instance with weight 1. |\n", kHeaviest);
  out += fmt::format(kRoutes, kDeepestRoutePath, kLongestRoutePath);
  return out;
}

}  // namespace rota
