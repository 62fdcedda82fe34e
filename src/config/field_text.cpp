#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/field.h"
#include "model/route.h"

namespace rota {
namespace {

std::string or_off(std::string text, bool may_be_off) { return may_be_off ? fmt::format("{}, or `off`", text) : text; }

// The kinds as values, one overload each.
template <class Owner>
struct Text {
  Owner& owner;

  std::string operator()(const DurationField<Owner>& field) const {
    const Duration duration = field.member(owner);
    return field.may_be_off && duration == Duration::zero() ? "off" : format_duration(duration);
  }
  std::string operator()(const SizeField<Owner>& field) const {
    return field.may_be_off && field.member(owner) == UINT64_MAX ? "off" : format_size(field.member(owner));
  }
  std::string operator()(const WholeField<Owner>& field) const {
    return field.may_be_off && field.member(owner) == 0 ? "off" : fmt::format("{}", field.member(owner));
  }
  std::string operator()(const PercentField<Owner>& field) const {
    return field.may_be_off && field.member(owner) == 0 ? "off" : format_percent(field.member(owner));
  }
  std::string operator()(const WorkersField<Owner>& field) const {
    return field.member(owner) == 0 ? "auto" : fmt::format("{}", field.member(owner));
  }
  std::string operator()(const PortField<Owner>& field) const {
    return field.member(owner) == 0 ? "" : fmt::format("{}", field.member(owner));
  }
  std::string operator()(const ChoiceField<Owner>& field) const { return std::string(field.names[field.get(owner)]); }
  std::string operator()(const PathField<Owner>& field) const { return field.member(owner); }
  std::string operator()(const TargetField<Owner>& field) const { return field.member(owner); }
  std::string operator()(const HostField<Owner>& field) const { return field.member(owner); }
  std::string operator()(const SecretField<Owner>& field) const { return field.member(owner).empty() ? "" : "REDACTED"; }
  std::string operator()(const AddressField<Owner>& field) const { return field.member(owner) ? field.member(owner)->text() : "off"; }
  std::string operator()(const ListenField<Owner>& field) const {
    std::vector<std::string> texts;
    for (const Address& address : field.member(owner)) texts.push_back(address.text());
    return fmt::format("{}", fmt::join(texts, ","));
  }
  std::string operator()(const NamesField<Owner>& field) const { return fmt::format("{}", fmt::join(field.member(owner), ",")); }
  std::string operator()(const HostsField<Owner>& field) const { return fmt::format("{}", fmt::join(field.member(owner), ",")); }
  std::string operator()(const StatusField<Owner>& field) const {
    std::vector<std::string> texts;
    for (const StatusRange& range : field.member(owner)) {
      texts.push_back(range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last));
    }
    return fmt::format("{}", fmt::join(texts, ","));
  }
  std::string operator()(const SetField<Owner>& field) const {
    std::vector<std::string_view> texts;
    for (std::size_t i = 0; i < field.names.size(); ++i) {
      if (((field.member(owner) >> i) & 1) != 0) texts.push_back(field.names[i]);
    }
    return texts.empty() ? "off" : fmt::format("{}", fmt::join(texts, ","));
  }
};

template <class Owner>
struct Values {
  std::string operator()(const DurationField<Owner>& field) const {
    const bool is_bounded = field.min > Duration{1} || field.max < kLongestDuration;
    const std::string range = is_bounded ? fmt::format(", {} to {}", format_duration(field.min), format_duration(field.max)) : "";
    return or_off("a duration" + range, field.may_be_off);
  }
  std::string operator()(const SizeField<Owner>& field) const {
    return or_off(fmt::format("a size, {} to {}", format_size(field.min), format_size(field.max)), field.may_be_off);
  }
  std::string operator()(const WholeField<Owner>& field) const {
    const bool is_bounded = field.max != UINT64_MAX;
    return or_off(is_bounded ? fmt::format("{} to {}", field.min, field.max) : fmt::format("a whole number, at least {}", field.min),
                  field.may_be_off);
  }
  std::string operator()(const PercentField<Owner>& field) const {
    return or_off(fmt::format("{} to {}", format_percent(field.min), format_percent(field.max)), field.may_be_off);
  }
  std::string operator()(const WorkersField<Owner>& field) const { return fmt::format("`auto`, or 1 to {}", field.max); }
  std::string operator()(const PortField<Owner>&) const { return "1 to 65535"; }
  std::string operator()(const ChoiceField<Owner>& field) const { return fmt::format("`{}`", fmt::join(field.names, "`, `")); }
  std::string operator()(const PathField<Owner>&) const { return "a path"; }
  std::string operator()(const TargetField<Owner>&) const {
    return fmt::format("a path that begins with `/`, at most {} bytes", kLongestRoutePath);
  }
  std::string operator()(const HostField<Owner>&) const { return "a name or an address, and a port"; }
  std::string operator()(const SecretField<Owner>& field) const {
    return fmt::format("{} to {} visible ASCII characters", field.min, field.max);
  }
  std::string operator()(const AddressField<Owner>&) const { return "an address, or `off`"; }
  std::string operator()(const ListenField<Owner>&) const { return "an address, or a list of them"; }
  std::string operator()(const NamesField<Owner>& field) const {
    return fmt::format("up to {} header names{}", field.most, field.word.empty() ? "" : fmt::format(", and `{}`", field.word));
  }
  std::string operator()(const HostsField<Owner>& field) const { return fmt::format("up to {} hosts without ports", field.most); }
  std::string operator()(const StatusField<Owner>& field) const {
    return fmt::format("up to {} statuses and ranges of them, 200 to 599", field.most);
  }
  std::string operator()(const SetField<Owner>& field) const {
    return fmt::format("a list of `{}`; `off` is none", fmt::join(field.names, "`, `"));
  }
};

// Choices have no member of their own.
template <class Owner>
bool equals(const ChoiceField<Owner>& field, Owner& a, Owner& b) {
  return field.get(a) == field.get(b);
}
bool equals(const auto& field, auto& a, auto& b) { return field.member(a) == field.member(b); }

}  // namespace

template <class Owner>
std::string field_text(const Field<Owner>& field, Owner owner) {
  return std::visit(Text<Owner>{owner}, field);
}

template <class Owner>
bool field_equals(const Field<Owner>& field, Owner& a, Owner& b) {
  return std::visit([&](const auto& kind) { return equals(kind, a, b); }, field);
}

template <class Owner>
std::string field_values(const Field<Owner>& field) {
  return std::visit(Values<Owner>{}, field);
}

template std::string field_text(const Field<Config>&, Config);
template std::string field_text(const Field<ServiceSettings>&, ServiceSettings);
template bool field_equals(const Field<Config>&, Config&, Config&);
template std::string field_values(const Field<Config>&);
template std::string field_values(const Field<ServiceSettings>&);

}  // namespace rota
