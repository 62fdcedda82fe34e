// The config's keys as data: ONE table from which parsing, messages, environment variables, `rota schema` and docs/configuration.md come.
// A new key is a new row. What a row cannot say (lists of instances, services) stands in read_config.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace rota {

template <class Owner, class Member>
using Accessor = Member& (*)(Owner&);

// The type of a row's field is its kind: how it is read, written and described (field.h).
template <class Owner>
struct DurationField {
  Accessor<Owner, Duration> member;
  bool may_be_off = false;  // `off` is zero; a zero is never written as such, because it could mean "at once" as well
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
};

// `auto`, which is zero, or a number.
template <class Owner>
struct WorkersField {
  Accessor<Owner, std::uint32_t> member;
  std::uint32_t max;
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

// Names of header fields, which are lower case here; `word` is one more that may stand among them, where it is not empty.
template <class Owner>
struct NamesField {
  Accessor<Owner, std::vector<std::string>> member;
  std::string_view word;
  std::size_t most;
};

// One address or several to listen on.
template <class Owner>
struct ListenField {
  Accessor<Owner, std::vector<Address>> member;
};

template <class Owner>
using Field = std::variant<DurationField<Owner>, SizeField<Owner>, WholeField<Owner>, WorkersField<Owner>, ChoiceField<Owner>,
                           ListenField<Owner>, PathField<Owner>, NamesField<Owner>>;

template <class Owner>
struct Key {
  std::string_view path;  // dotted
  Field<Owner> field;
  std::string_view fallback;  // the default, as one would write it
  std::string_view doc;
};

// From the top of the file.
std::span<const Key<Config>> global_keys();
// Under `defaults` and under each service.
std::span<const Key<ServiceSettings>> service_keys();

inline constexpr std::string_view kDefaultListen = "0.0.0.0:8080";
inline constexpr std::uint32_t kHeaviest = 1000;  // an instance's weight

// [a-z0-9][a-z0-9_-]{0,62}
bool is_service_name(std::string_view text);
inline constexpr std::string_view kServiceNamePattern = "^[a-z0-9][a-z0-9_-]{0,62}$";

}  // namespace rota
