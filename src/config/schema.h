// The config's keys as data: ONE table from which parsing, messages, environment variables, `rota schema` and docs/configuration.md come.
// A new key is a new row. What a row cannot say (lists of instances, services) stands in read_config.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace rota {

template <class Owner, class Member>
using Accessor = Member& (*)(Owner&);

inline constexpr Duration kLongestDuration = std::chrono::hours{24 * 365 * 100};  // what parse_duration takes

// The type of a row's field is its kind: how it is read, written and described (field.h).
template <class Owner>
struct DurationField {
  Accessor<Owner, Duration> member;
  bool may_be_off = false;  // `off` is zero; a zero is never written as such, because it could mean "at once" as well
  Duration min = Duration{1};
  Duration max = kLongestDuration;
};

template <class Owner>
struct SizeField {
  Accessor<Owner, std::uint64_t> member;
  std::uint64_t min;
  std::uint64_t max;
  bool may_be_off = false;  // `off` is UINT64_MAX
};

template <class Owner>
struct WholeField {
  Accessor<Owner, std::uint64_t> member;
  std::uint64_t min;
  std::uint64_t max = UINT64_MAX;
  bool may_be_off = false;  // `off` is zero
};

template <class Owner>
struct PercentField {
  Accessor<Owner, std::uint64_t> member;
  std::uint64_t min;
  std::uint64_t max = 100;
  bool may_be_off = false;  // `off` is zero
};

// `auto`, which is zero, or a number.
template <class Owner>
struct WorkersField {
  Accessor<Owner, std::uint32_t> member;
  std::uint32_t max;
};

// A port to connect to, or empty, which is zero.
template <class Owner>
struct PortField {
  Accessor<Owner, std::uint64_t> member;
};

// One of a few names, in the order of the enum behind it.
template <class Owner>
struct ChoiceField {
  std::string_view what;  // "strategy"
  std::span<const std::string_view> names;
  std::size_t (*get)(Owner&);
  void (*set)(Owner&, std::size_t);
};

// Where something is written: a file's path, or a word that the doc names.
template <class Owner>
struct PathField {
  Accessor<Owner, std::string> member;
};

// The path of a request, with its query where it has one; or empty.
template <class Owner>
struct TargetField {
  Accessor<Owner, std::string> member;
};

// What a request's Host may be; or empty.
template <class Owner>
struct HostField {
  Accessor<Owner, std::string> member;
};

// What nobody may read who can read messages: it is never written back, no message repeats it, and no line that holds it is shown
// (secret_line.h). Visible ASCII; or empty.
template <class Owner>
struct SecretField {
  Accessor<Owner, std::string> member;
  std::size_t min;  // characters
  std::size_t max;
};

// One address to listen on, or `off`.
template <class Owner>
struct AddressField {
  Accessor<Owner, std::optional<Address>> member;
};

// One address or several to listen on.
template <class Owner>
struct ListenField {
  Accessor<Owner, std::vector<Address>> member;
};

// The kinds whose value is a list: in the file a list, or its entries in one text, separated by commas (entries.h).
// Names of header fields, which are lower case here; `word` is one more that may stand among them, where it is not empty.
template <class Owner>
struct NamesField {
  Accessor<Owner, std::vector<std::string>> member;
  std::string_view word;
  std::size_t most;
};

// Hosts without ports, lower case.
template <class Owner>
struct HostsField {
  Accessor<Owner, std::vector<std::string>> member;
  std::size_t most;
};

// Codes of final answers, and ranges of them; at least one.
template <class Owner>
struct StatusField {
  Accessor<Owner, std::vector<StatusRange>> member;
  std::size_t most;
};

// Some of a few names, each a bit in their order; `off` or empty: none.
template <class Owner>
struct SetField {
  Accessor<Owner, std::uint8_t> member;
  std::string_view what;  // "reason"
  std::span<const std::string_view> names;
};

template <class Owner>
using Field =
    std::variant<DurationField<Owner>, SizeField<Owner>, WholeField<Owner>, PercentField<Owner>, WorkersField<Owner>, PortField<Owner>,
                 ChoiceField<Owner>, PathField<Owner>, TargetField<Owner>, HostField<Owner>, SecretField<Owner>, AddressField<Owner>,
                 ListenField<Owner>, NamesField<Owner>, HostsField<Owner>, StatusField<Owner>, SetField<Owner>>;

template <class Owner>
struct Key {
  std::string_view path;  // dotted
  Field<Owner> field;
  std::string_view fallback;  // the default, as one would write it
  std::string_view doc;
};

// A section that may be the word `off` instead of a mapping.
struct Switch {
  std::string_view section;
  void (*turn_off)(ServiceSettings&);
  std::string_view doc;      // what it means, as the end of a sentence
  std::string_view example;  // of the mapping
};

// From the top of the file.
std::span<const Key<Config>> global_keys();
// Under `defaults` and under each service.
std::span<const Key<ServiceSettings>> service_keys();
// Of sections of service keys.
std::span<const Switch> service_switches();

inline constexpr std::string_view kDefaultListen = "0.0.0.0:8080";
inline constexpr std::string_view kDefaultAdminListen = "127.0.0.1:8090";
inline constexpr std::uint32_t kHeaviest = 1000;  // an instance's weight

// [a-z0-9][a-z0-9_-]{0,62}
bool is_service_name(std::string_view text);
inline constexpr std::string_view kServiceNamePattern = "^[a-z0-9][a-z0-9_-]{0,62}$";

}  // namespace rota
