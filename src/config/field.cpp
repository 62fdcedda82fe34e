#include "config/field.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/did_you_mean.h"
#include "http/text.h"

namespace rota {
namespace {

std::unexpected<ValueError> refuse(std::string message, std::string hint = {}) {
  return std::unexpected(ValueError{.message = std::move(message), .hint = std::move(hint)});
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

Checked check_range(std::string_view text, std::uint64_t value, std::uint64_t min, std::uint64_t max, auto&& format) {
  if (value < min) return refuse(fmt::format("{} is too little; {} is the least", text, format(min)));
  if (value > max) return refuse(fmt::format("{} is too much; {} is the most", text, format(max)));
  return {};
}

constexpr auto kAsNumber = [](std::uint64_t value) { return fmt::format("{}", value); };

// One overload of `set` and `text_of` for each kind of field.
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
  field.member(owner) = *duration;
  return {};
}

template <class Owner>
Checked set(const SizeField<Owner>& field, Owner& owner, std::string_view text) {
  if (text == "off" && field.may_be_off) {
    field.member(owner) = UINT64_MAX;
    return {};
  }
  const auto size = parse_size(text);
  if (!size) return refuse(size.error());
  auto checked = check_range(text, *size, field.min, field.max, format_size);
  if (checked) field.member(owner) = *size;
  return checked;
}

template <class Owner>
Checked set(const WholeField<Owner>& field, Owner& owner, std::string_view text) {
  const auto number = parse_whole(text);
  if (!number) return refuse(number.error());
  auto checked = check_range(text, *number, field.min, field.max, kAsNumber);
  if (checked) field.member(owner) = *number;
  return checked;
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
Checked set(const NamesField<Owner>& field, Owner& owner, std::string_view text) {
  std::vector<std::string> names;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    if (auto added = add_name(names, trim(rest.substr(0, comma)), field.most); !added) return added;
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  field.member(owner) = std::move(names);
  return {};
}

template <class Owner>
Checked set(const ListenField<Owner>& field, Owner& owner, std::string_view text) {
  std::vector<Address> listen;
  while (true) {
    const std::size_t comma = text.find(',');
    if (auto added = add_listen(listen, trim(text.substr(0, comma))); !added) return added;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  field.member(owner) = std::move(listen);
  return {};
}

template <class Owner>
std::string text_of(const DurationField<Owner>& field, Owner& owner) {
  const Duration duration = field.member(owner);
  return field.may_be_off && duration == Duration::zero() ? "off" : format_duration(duration);
}

template <class Owner>
std::string text_of(const SizeField<Owner>& field, Owner& owner) {
  return field.may_be_off && field.member(owner) == UINT64_MAX ? "off" : format_size(field.member(owner));
}

template <class Owner>
std::string text_of(const WholeField<Owner>& field, Owner& owner) {
  return fmt::format("{}", field.member(owner));
}

template <class Owner>
std::string text_of(const WorkersField<Owner>& field, Owner& owner) {
  return field.member(owner) == 0 ? "auto" : fmt::format("{}", field.member(owner));
}

template <class Owner>
std::string text_of(const ChoiceField<Owner>& field, Owner& owner) {
  return std::string(field.names[field.get(owner)]);
}

template <class Owner>
std::string text_of(const PathField<Owner>& field, Owner& owner) {
  return field.member(owner);
}

template <class Owner>
std::string text_of(const NamesField<Owner>& field, Owner& owner) {
  return fmt::format("{}", fmt::join(field.member(owner), ","));
}

template <class Owner>
std::string text_of(const ListenField<Owner>& field, Owner& owner) {
  std::vector<std::string> texts;
  for (const Address& address : field.member(owner)) texts.push_back(address.text());
  return fmt::format("{}", fmt::join(texts, ","));
}

template <class Owner>
struct Values {
  std::string operator()(const DurationField<Owner>& field) const { return field.may_be_off ? "a duration, or `off`" : "a duration"; }
  std::string operator()(const SizeField<Owner>& field) const {
    return fmt::format("a size, {} to {}{}", format_size(field.min), format_size(field.max), field.may_be_off ? ", or `off`" : "");
  }
  std::string operator()(const WholeField<Owner>& field) const {
    return field.max == UINT64_MAX ? fmt::format("a whole number, at least {}", field.min) : fmt::format("{} to {}", field.min, field.max);
  }
  std::string operator()(const WorkersField<Owner>& field) const { return fmt::format("`auto`, or 1 to {}", field.max); }
  std::string operator()(const ChoiceField<Owner>& field) const { return fmt::format("`{}`", fmt::join(field.names, "`, `")); }
  std::string operator()(const PathField<Owner>&) const { return "a path"; }
  std::string operator()(const NamesField<Owner>& field) const {
    return fmt::format("up to {} header names{}", field.most, field.word.empty() ? "" : fmt::format(", and `{}`", field.word));
  }
  std::string operator()(const ListenField<Owner>&) const { return "an address, or a list of them"; }
};

}  // namespace

template <class Owner>
Checked set_field(const Field<Owner>& field, Owner& owner, std::string_view text) {
  if (text.empty()) return refuse("a value is expected");
  return std::visit([&](const auto& kind) { return set(kind, owner, text); }, field);
}

template <class Owner>
std::string field_text(const Field<Owner>& field, Owner owner) {
  return std::visit([&](const auto& kind) { return text_of(kind, owner); }, field);
}

template <class Owner>
std::string field_values(const Field<Owner>& field) {
  return std::visit(Values<Owner>{}, field);
}

Checked add_name(std::vector<std::string>& names, std::string_view text, std::size_t most) {
  if (!http::is_token(text)) return refuse(fmt::format("'{}' is not a header's name", text));
  std::string lower;
  for (const char c : text) lower += http::to_lower(c);
  if (std::ranges::find(names, lower) != names.end()) return {};
  if (names.size() == most) return refuse(fmt::format("'{}' is one too many; {} names are the most", text, most));
  names.push_back(std::move(lower));
  return {};
}

Checked add_listen(std::vector<Address>& listen, std::string_view text) {
  auto address = Address::to_listen(text);
  if (!address) return refuse(std::move(address.error()));
  const bool any_free_port = address->port == 0 && address->family != Address::Family::unix_path;
  if (!any_free_port && std::ranges::find(listen, *address) != listen.end()) {
    return refuse(fmt::format("{} is listened on twice", address->text()));
  }
  listen.push_back(*std::move(address));
  return {};
}

template Checked set_field(const Field<Config>&, Config&, std::string_view);
template Checked set_field(const Field<ServiceSettings>&, ServiceSettings&, std::string_view);
template std::string field_text(const Field<Config>&, Config);
template std::string field_text(const Field<ServiceSettings>&, ServiceSettings);
template std::string field_values(const Field<Config>&);
template std::string field_values(const Field<ServiceSettings>&);

}  // namespace rota
