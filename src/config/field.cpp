#include "config/field.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "config/did_you_mean.h"
#include "config/entries.h"
#include "config/request_text.h"
#include "model/route.h"

namespace rota {
namespace {

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

constexpr auto kAsNumber = [](std::uint64_t value) { return fmt::format("{}", value); };

// `field` has min and max, of which `format` makes texts.
Checked check_range(const auto& field, std::string_view text, auto value, auto&& format) {
  const std::string_view or_off = field.may_be_off ? ", or off" : "";
  if (value < field.min) return refuse(fmt::format("{} is too little; {} is the least{}", text, format(field.min), or_off));
  if (value > field.max) return refuse(fmt::format("{} is too much; {} is the most{}", text, format(field.max), or_off));
  return {};
}

// One overload of `set` for each kind of field.
template <class Owner>
Checked set(const DurationField<Owner>& field, Owner& owner, std::string_view text) {
  if (text == "off") {
    if (!field.may_be_off) return refuse("this cannot be off; write a duration, such as 1s");
    field.member(owner) = Duration::zero();
    return {};
  }
  const auto duration = parse_duration(text);
  if (!duration) return refuse(duration.error());
  if (*duration == Duration::zero()) {
    return refuse(field.may_be_off ? "zero is no duration to wait; write off for no limit" : "zero is no duration to wait; more is needed");
  }
  auto checked = check_range(field, text, *duration, format_duration);
  if (checked) field.member(owner) = *duration;
  return checked;
}

template <class Owner>
Checked set(const SizeField<Owner>& field, Owner& owner, std::string_view text) {
  if (text == "off" && field.may_be_off) {
    field.member(owner) = UINT64_MAX;
    return {};
  }
  const auto size = parse_size(text);
  if (!size) return refuse(size.error());
  auto checked = check_range(field, text, *size, format_size);
  if (checked) field.member(owner) = *size;
  return checked;
}

// Of fields whose `off` is zero.
Checked set_number(const auto& field, auto& owner, std::string_view text, auto&& parse, auto&& format) {
  if (text == "off" && field.may_be_off) {
    field.member(owner) = 0;
    return {};
  }
  const auto number = parse(text);
  if (!number) return refuse(number.error());
  auto checked = check_range(field, text, *number, format);
  if (checked) field.member(owner) = *number;
  return checked;
}

template <class Owner>
Checked set(const WholeField<Owner>& field, Owner& owner, std::string_view text) {
  return set_number(field, owner, text, [](std::string_view number) { return parse_whole(number); }, kAsNumber);
}

template <class Owner>
Checked set(const PercentField<Owner>& field, Owner& owner, std::string_view text) {
  return set_number(field, owner, text, parse_percent, format_percent);
}

template <class Owner>
Checked set(const WorkersField<Owner>& field, Owner& owner, std::string_view text) {
  const auto number = text == "auto" ? Parsed<std::uint64_t>{0} : parse_whole(text, field.max);
  if (!number || (*number == 0 && text != "auto")) {
    return refuse(fmt::format("'{}' is not a number of threads; write auto, or 1 to {}", text, field.max));
  }
  field.member(owner) = static_cast<std::uint32_t>(*number);
  return {};
}

template <class Owner>
Checked set(const PortField<Owner>& field, Owner& owner, std::string_view text) {
  const auto port = text.empty() ? Parsed<std::uint64_t>{0} : parse_whole(text, 65535);
  if (!port || text.starts_with('0')) return refuse(fmt::format("'{}' is not a port; 1 to 65535 are", text));
  field.member(owner) = *port;
  return {};
}

template <class Owner>
Checked set(const ChoiceField<Owner>& field, Owner& owner, std::string_view text) {
  const auto named = std::ranges::find(field.names, text);
  if (named != field.names.end()) {
    field.set(owner, static_cast<std::size_t>(named - field.names.begin()));
    return {};
  }
  return refuse(fmt::format("unknown {} '{}'; these are known: {}", field.what, text, fmt::join(field.names, ", ")),
                did_you_mean_hint(text, field.names));
}

template <class Owner>
Checked set(const PathField<Owner>& field, Owner& owner, std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, is_control)) return refuse("a path without control characters is expected");
  if (text.ends_with('/')) return refuse(fmt::format("'{}' names a directory", text));
  field.member(owner) = text;
  return {};
}

template <class Owner>
Checked set(const TargetField<Owner>& field, Owner& owner, std::string_view text) {
  if (text.size() > kLongestRoutePath) return refuse(fmt::format("'{}' is too long; {} bytes are the most", text, kLongestRoutePath));
  if (!text.empty()) {
    const std::string_view hint = text.contains("://") ? "write only the URL's path, such as /health" : "";
    if (!text.starts_with('/')) return refuse(fmt::format("'{}' is no path; it begins with '/'", text), std::string(hint));
    if (text.contains('#')) return refuse(fmt::format("'{}' is no path; '#' and what follows are never sent", text));
    if (!is_target(text)) {
      return refuse(fmt::format("'{}' is no path that a request can have", text), "what is not plain in a path is written as %20");
    }
  }
  field.member(owner) = text;
  return {};
}

template <class Owner>
Checked set(const HostField<Owner>& field, Owner& owner, std::string_view text) {
  if (text.contains("://")) return refuse(fmt::format("'{}' is a URL; write only its host", text));
  if (!text.empty() && !is_host(text)) {
    return refuse(fmt::format("'{}' is no host; a name or an address is, with a port where it has one: app.internal", text));
  }
  field.member(owner) = text;
  return {};
}

template <class Owner>
Checked set(const SecretField<Owner>& field, Owner& owner, std::string_view text) {
  const auto is_visible = [](char c) { return c > 0x20 && c < 0x7f; };
  const bool is_long_enough = text.size() >= field.min && text.size() <= field.max;
  if (!text.empty() && !(is_long_enough && std::ranges::all_of(text, is_visible))) {
    return refuse(fmt::format("this must be {} to {} visible ASCII characters, without spaces", field.min, field.max));
  }
  field.member(owner) = text;
  return {};
}

template <class Owner>
Checked set(const AddressField<Owner>& field, Owner& owner, std::string_view text) {
  if (text == "off") {
    field.member(owner) = std::nullopt;
    return {};
  }
  auto address = Address::to_listen(text);
  if (!address) return refuse(std::move(address.error()));
  field.member(owner) = *std::move(address);
  return {};
}

// One overload of `add` for each kind that is a list.
template <class Owner>
Checked add(const ListenField<Owner>&, std::vector<Address>& listen, std::string_view text) {
  return add_listen(listen, text);
}
template <class Owner>
Checked add(const NamesField<Owner>& field, std::vector<std::string>& names, std::string_view text) {
  return add_name(names, text, field.most);
}
template <class Owner>
Checked add(const HostsField<Owner>& field, std::vector<std::string>& hosts, std::string_view text) {
  return add_host(hosts, text, field.most);
}
template <class Owner>
Checked add(const StatusField<Owner>& field, std::vector<StatusRange>& ranges, std::string_view text) {
  return add_status(ranges, text, field.most);
}
template <class Owner>
Checked add(const SetField<Owner>& field, std::uint8_t& set, std::string_view text) {
  return add_bit(set, text, field.what, field.names);
}

template <class Kind, class Owner>
using Member = std::remove_cvref_t<decltype(std::declval<Kind>().member(std::declval<Owner&>()))>;

template <class Kind, class Owner>
concept List = requires(const Kind& kind, Member<Kind, Owner>& list) { add(kind, list, std::string_view{}); };

template <class Owner, List<Owner> Kind>
Checked set(const Kind& field, Owner& owner, std::string_view text) {
  Member<Kind, Owner> list{};
  const bool is_none = text.empty() || (std::is_same_v<Kind, SetField<Owner>> && text == "off");
  for (std::size_t comma = 0; !is_none && comma != std::string_view::npos;) {
    comma = text.find(',');
    if (auto added = add(field, list, trim(text.substr(0, comma))); !added) return added;
    if (comma != std::string_view::npos) text.remove_prefix(comma + 1);
  }
  field.member(owner) = std::move(list);
  return {};
}

// Whether an empty text is a value: for these it is the default, and a variable that is set to nothing is left alone thereby.
template <class Owner>
bool may_be_empty(const Field<Owner>& field) {
  return std::holds_alternative<PortField<Owner>>(field) || std::holds_alternative<TargetField<Owner>>(field) ||
         std::holds_alternative<HostField<Owner>>(field) || std::holds_alternative<SecretField<Owner>>(field) ||
         std::holds_alternative<HostsField<Owner>>(field) || std::holds_alternative<SetField<Owner>>(field);
}

}  // namespace

template <class Owner>
Checked set_field(const Field<Owner>& field, Owner& owner, std::string_view text) {
  if (text.empty() && !may_be_empty(field)) return refuse("a value is expected");
  return std::visit([&](const auto& kind) { return set(kind, owner, text); }, field);
}

template <class Owner>
bool is_list(const Field<Owner>& field) {
  return std::visit([]<class Kind>(const Kind&) { return List<Kind, Owner>; }, field);
}

template <class Owner>
std::vector<Checked> set_entries(const Field<Owner>& field, Owner& owner, std::span<const std::string_view> texts) {
  std::vector<Checked> results;
  const auto set_all = [&]<class Kind>(const Kind& kind) {
    if constexpr (List<Kind, Owner>) {
      Member<Kind, Owner> list{};
      for (const std::string_view text : texts) results.push_back(add(kind, list, text));
      kind.member(owner) = std::move(list);
    }
  };
  std::visit(set_all, field);
  return results;
}

template Checked set_field(const Field<Config>&, Config&, std::string_view);
template Checked set_field(const Field<ServiceSettings>&, ServiceSettings&, std::string_view);
template bool is_list(const Field<Config>&);
template bool is_list(const Field<ServiceSettings>&);
template std::vector<Checked> set_entries(const Field<Config>&, Config&, std::span<const std::string_view>);
template std::vector<Checked> set_entries(const Field<ServiceSettings>&, ServiceSettings&, std::span<const std::string_view>);

}  // namespace rota
