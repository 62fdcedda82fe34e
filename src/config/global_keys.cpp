// The table of the process's own keys.
#include <array>

#include "config/schema.h"
#include "http/field.h"

namespace rota {
namespace {

constexpr std::array kGlobalKeys{
    Key<Config>{.path = "listen",
                .field = ListenField<Config>{[](Config& c) -> std::vector<Address>& { return c.listen; }},
                .fallback = kDefaultListen,
                .doc = "Where clients connect: one address or a list. An entry may be written as `{ address: 0.0.0.0:8080 }`."},
    Key<Config>{.path = "workers",
                .field = WorkersField<Config>{.member = [](Config& c) -> std::uint32_t& { return c.workers; }, .max = 1024},
                .fallback = "auto",
                .doc = "Threads that serve requests. `auto`: as many as cores, or as the cgroup's CPU quota where that is smaller."},
    Key<Config>{.path = "admin.listen",
                .field = AddressField<Config>{[](Config& c) -> std::optional<Address>& { return c.admin.listen; }},
                .fallback = kDefaultAdminListen,
                .doc = "Where the admin API and its pages are. An address that other machines can reach needs `admin.token`. `rota proxy` "
                       "has none unless told."},
    Key<Config>{.path = "admin.token",
                .field = SecretField<Config>{.member = [](Config& c) -> std::string& { return c.admin.token; }, .min = 8, .max = 1024},
                .fallback = "",
                .doc = "What whoever asks there has to know; no message shows it."},
    Key<Config>{.path = "admin.hosts",
                .field = HostsField<Config>{.member = [](Config& c) -> std::vector<std::string>& { return c.admin.hosts; }, .most = 64},
                .fallback = "",
                .doc = "The hosts by which it may be asked for, besides its own addresses and localhost."},
    Key<Config>{.path = "access_log.format",
                .field = ChoiceField<Config>{.what = "format",
                                             .names = kLogFormatNames,
                                             .get = [](Config& c) { return static_cast<std::size_t>(c.access_log.format); },
                                             .set = [](Config& c, std::size_t i) { c.access_log.format = static_cast<LogFormat>(i); }},
                .fallback = "json",
                .doc = "One line a request: for programs, for people, or none."},
    Key<Config>{.path = "access_log.path",
                .field = PathField<Config>{[](Config& c) -> std::string& { return c.access_log.path; }},
                .fallback = "-",
                .doc = "Where those lines go: a file, `-` or `stdout`, `stderr`. A file is opened anew at SIGUSR1."},
    Key<Config>{.path = "access_log.headers",
                .field = NamesField<Config>{.member = [](Config& c) -> std::vector<std::string>& { return c.access_log.headers; },
                                            .word = "",
                                            .most = kMostAccessHeaders},
                .fallback = "",
                .doc = "Fields of the request that stand in its line, too."},
    Key<Config>{.path = "access_log.redact",
                .field =
                    NamesField<Config>{
                        .member = [](Config& c) -> std::vector<std::string>& { return c.access_log.redact; }, .word = "query", .most = 64},
                .fallback = "authorization,cookie,proxy-authorization",
                .doc = "Fields whose values are shown as `REDACTED`; with `query`, so is what stands behind a path's `?`."},
    Key<Config>{.path = "log.level",
                .field = ChoiceField<Config>{.what = "level",
                                             .names = kLogLevelNames,
                                             .get = [](Config& c) { return static_cast<std::size_t>(c.log.level); },
                                             .set = [](Config& c, std::size_t i) { c.log.level = static_cast<LogLevel>(i); }},
                .fallback = "info",
                .doc = "What rota itself has to say, from this level on."},
    Key<Config>{.path = "log.path",
                .field = PathField<Config>{[](Config& c) -> std::string& { return c.log.path; }},
                .fallback = "stderr",
                .doc = "Where it says that: a file, `stdout` or `stderr`."},
    Key<Config>{
        .path = "limits.header_bytes",
        .field =
            SizeField<Config>{.member = [](Config& c) -> std::uint64_t& { return c.limits.header_bytes; }, .min = 1024, .max = 1024 * 1024},
        .fallback = "32KiB",
        .doc = "The most bytes of a request's or an answer's head, first line included."},
    Key<Config>{.path = "limits.headers",
                .field =
                    WholeField<Config>{
                        .member = [](Config& c) -> std::uint64_t& { return c.limits.headers; }, .min = 1, .max = http::FieldList::kMost},
                .fallback = "100",
                .doc = "The most header fields that a request or an answer may have."},
    Key<Config>{
        .path = "limits.body",
        .field =
            SizeField<Config>{
                .member = [](Config& c) -> std::uint64_t& { return c.limits.body; }, .min = 0, .max = 1ULL << 50, .may_be_off = true},
        .fallback = "off",
        .doc = "The most bytes of a request's body."},
    Key<Config>{.path = "limits.connections",
                .field = WholeField<Config>{.member = [](Config& c) -> std::uint64_t& { return c.limits.connections; }, .min = 1},
                .fallback = "10000",
                .doc = "The most client connections at a time; fewer where the limit of open files is too low for them."},
    Key<Config>{.path = "limits.header_timeout",
                .field = DurationField<Config>{.member = [](Config& c) -> Duration& { return c.limits.header_timeout; }},
                .fallback = "10s",
                .doc = "How long a client may take to send a request's head, from its first byte; and, on a new connection, to send that."},
    Key<Config>{.path = "limits.idle",
                .field = DurationField<Config>{.member = [](Config& c) -> Duration& { return c.limits.idle; }, .may_be_off = true},
                .fallback = "1m15s",
                .doc = "How long a client's connection is kept open without a request on it."},
    Key<Config>{.path = "limits.drain",
                .field = DurationField<Config>{.member = [](Config& c) -> Duration& { return c.limits.drain; }},
                .fallback = "8s",
                .doc = "How long requests in flight may still run when rota is asked to end."},
};

}  // namespace

std::span<const Key<Config>> global_keys() { return kGlobalKeys; }

}  // namespace rota
