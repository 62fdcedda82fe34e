#include "config/read_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <unordered_set>

#include "config/entries.h"
#include "config/field.h"
#include "config/node_checks.h"

namespace rota {
namespace {

using Kind = YamlNode::Kind;

// The address of a list's entry that is a scalar or a mapping; the keys in the mapping are `known`, the first of them the address.
const YamlNode* address_of(const YamlNode& entry, std::string_view where, std::span<const std::string_view> known, Report& report) {
  if (entry.kind == Kind::scalar) return &entry;
  if (entry.kind == Kind::refused) return nullptr;
  if (entry.kind != Kind::mapping) {
    report.at(entry.position, fmt::format("an entry of '{}' is an address or {{ address: … }}, not {}", where, name_of(entry.kind)));
    return nullptr;
  }
  for (const YamlEntry& key : entry.entries) {
    if (std::ranges::find(known, key.key) == known.end()) report_unknown(key, where, known, report);
  }
  const YamlEntry* address = entry.find(known.front());
  if (address == nullptr) {
    report.at(entry.position, fmt::format("this entry of '{}' has no 'address'", where));
    return nullptr;
  }
  return is_value(address->value, "address", report) ? &address->value : nullptr;
}

void read_listen(const YamlNode& node, std::vector<Address>& listen, Report& report) {
  constexpr std::array<std::string_view, 1> kKnown{"address"};
  const std::span<const YamlNode> entries = node.kind == Kind::sequence ? std::span(node.items) : std::span(&node, 1);
  if (entries.empty() || node.kind == Kind::null) report.at(node.position, "'listen' needs an address, such as 0.0.0.0:8080");
  if (node.kind == Kind::null) return;
  std::vector<Address> addresses;
  for (const YamlNode& entry : entries) {
    const YamlNode* address = address_of(entry, "listen", kKnown, report);
    if (address != nullptr) report_value(*address, add_listen(addresses, address->text), report);
  }
  listen = std::move(addresses);
}

template <class Owner>
void read_entries(const Field<Owner>& field, const YamlNode& node, std::string_view where, Owner& owner, Report& report) {
  if (node.items.empty() && std::holds_alternative<StatusField<Owner>>(field)) {
    return report.at(node.position, fmt::format("'{}' is empty; write it like [200-399]", where));
  }
  std::vector<const YamlNode*> nodes;
  std::vector<std::string_view> texts;
  for (const YamlNode& entry : node.items) {
    if (!is_value(entry, where, report)) continue;
    nodes.push_back(&entry);
    texts.push_back(entry.text);
  }
  std::vector<Checked> results = set_entries(field, owner, texts);
  for (std::size_t i = 0; i < nodes.size(); ++i) report_value(*nodes[i], std::move(results[i]), report);
}

template <class Owner>
void read_key(const Key<Owner>& key, const YamlNode& node, std::string_view where, Owner& owner, Report& report) {
  if (const auto* listen = std::get_if<ListenField<Owner>>(&key.field)) return read_listen(node, listen->member(owner), report);
  if (node.kind == Kind::sequence && is_list(key.field)) return read_entries(key.field, node, where, owner, report);
  if (is_value(node, where, report)) report_value(node, set_field(key.field, owner, node.text), report);
}

// Whether a text stands where a section should, and may: some can be `off` as a whole.
bool read_switch(std::string_view section, const YamlNode& node, std::string_view where, ServiceSettings& settings, Report& report) {
  const auto found = std::ranges::find(service_switches(), section, &Switch::section);
  if (node.kind != Kind::scalar || found == service_switches().end()) return false;
  if (node.text == "off") {
    found->turn_off(settings);
  } else {
    report.at(node.position, fmt::format("'{}' must be off or a mapping (key: value), not '{}'", where, node.text),
              fmt::format("write it like {}", found->example));
  }
  return true;
}
bool read_switch(std::string_view, const YamlNode&, std::string_view, Config&, Report&) { return false; }

// The names that may stand right below `prefix`, which is empty or ends with a dot: limits, listen, workers.
template <class Owner>
std::vector<std::string_view> names_below(std::string_view prefix, std::span<const Key<Owner>> keys) {
  std::vector<std::string_view> names;
  for (const Key<Owner>& key : keys) {
    if (!key.path.starts_with(prefix)) continue;
    const std::string_view rest = key.path.substr(prefix.size());
    const std::string_view name = rest.substr(0, rest.find('.'));
    if (names.empty() || names.back() != name) names.push_back(name);
  }
  return names;
}

template <class Owner>
struct Section {
  std::span<const Key<Owner>> keys;
  Owner& owner;
  Report& report;
  std::string_view root;  // where the keys begin: "", "defaults", "services.app"

  // `prefix` is the path within the keys; `others` are keys that somebody else reads.
  void read(const YamlNode& node, const std::string& prefix, std::span<const std::string_view> others) const {
    std::vector<std::string_view> known = names_below(prefix, keys);
    known.insert(known.end(), others.begin(), others.end());
    for (const YamlEntry& entry : node.entries) {
      const std::string path = prefix + entry.key;
      const auto key = std::ranges::find(keys, path, &Key<Owner>::path);
      if (key != keys.end() && !entry.key.contains('.')) {
        // Behind its key in one line, it is seen to be a secret (secret_line.h).
        const bool is_secret = std::holds_alternative<SecretField<Owner>>(key->field);
        if (is_secret && entry.value.position.line != entry.position.line) conceal(entry);
        read_key(*key, entry.value, joined(root, path), owner, report);
      } else if (std::ranges::find(known, entry.key) == known.end()) {
        const std::string_view inside = prefix.empty() ? "" : std::string_view(prefix).substr(0, prefix.size() - 1);
        if (holds_secret(prefix)) conceal(entry);
        report_unknown(entry, prefix.empty() ? std::string(root) : joined(root, inside), known, report);
      } else if (std::ranges::find(others, entry.key) == others.end()) {
        read_section(entry.value, path);
      }
    }
  }

 private:
  void read_section(const YamlNode& node, const std::string& path) const {
    const std::string where = joined(root, path);
    if (read_switch(path, node, where, owner, report) || !is_section(node, where, report)) return;
    read(node, path + ".", {});
  }

  bool holds_secret(std::string_view prefix) const {
    return std::ranges::any_of(keys, [prefix](const Key<Owner>& key) {
      return std::holds_alternative<SecretField<Owner>>(key.field) && key.path.starts_with(prefix) && !prefix.empty();
    });
  }

  // A secret's key may have been meant.
  void conceal(const YamlEntry& entry) const {
    report.conceal(entry.position.line);
    report.conceal(entry.value.position.line);
  }
};

void read_weight(const YamlNode& node, std::uint32_t& weight, Report& report) {
  if (!is_value(node, "weight", report)) return;
  const auto number = parse_whole(node.text, kHeaviest);
  if (number && *number > 0) {
    weight = static_cast<std::uint32_t>(*number);
  } else {
    report.at(node.position, fmt::format("'{}' is not a weight; 1 to {} are", node.text, kHeaviest));
  }
}

void read_instances(const YamlNode& node, std::string_view where, std::vector<InstanceConfig>& instances, Report& report) {
  constexpr std::array<std::string_view, 2> kKnown{"address", "weight"};
  if (node.kind == Kind::refused) return;
  if (node.kind == Kind::scalar || node.kind == Kind::mapping) {
    return report.at(node.position, fmt::format("'{}' must be a list, not {}", where, name_of(node.kind)),
                     "write it like [127.0.0.1:9001]");
  }
  if (node.items.empty()) return report.at(node.position, fmt::format("'{}' is empty; a service needs an instance", where));
  std::unordered_set<std::string> seen;
  for (const YamlNode& entry : node.items) {
    InstanceConfig instance;
    const YamlEntry* weight = entry.find("weight");
    if (weight != nullptr) read_weight(weight->value, instance.weight, report);
    const YamlNode* text = address_of(entry, where, kKnown, report);
    if (text == nullptr) continue;
    auto address = Address::to_connect(text->text);
    if (!address) {
      report.at(text->position, std::move(address.error()));
    } else if (!seen.insert(address->text()).second) {
      report.at(text->position, fmt::format("instance {} stands in '{}' twice", address->text(), where));
    } else {
      instance.address = *std::move(address);
      instances.push_back(std::move(instance));
    }
  }
}

void read_service(const YamlEntry& entry, Config& config, Report& report) {
  constexpr std::array<std::string_view, 1> kOthers{"instances"};
  if (!is_service_name(entry.key)) {
    report.at(entry.position, fmt::format("'{}' is not a service's name; small letters, digits, - and _ are, 63 at most", entry.key));
  }
  const std::string where = joined("services", entry.key);
  ServiceConfig service{.name = entry.key, .settings = config.defaults, .instances = {}};
  if (entry.value.kind == Kind::refused) return;
  if (entry.value.kind != Kind::null && !is_section(entry.value, where, report)) return;
  Section<ServiceSettings>{service_keys(), service.settings, report, where}.read(entry.value, "", kOthers);
  const YamlEntry* instances = entry.value.find("instances");
  if (instances == nullptr) {
    report.at(entry.position, fmt::format("service '{}' has no instances", entry.key),
              "add a list of addresses: instances: [127.0.0.1:9001]");
  } else {
    read_instances(instances->value, joined(where, "instances"), service.instances, report);
  }
  config.services.push_back(std::move(service));
}

}  // namespace

void read_globals(const YamlNode& root, Config& config, Report& report) {
  constexpr std::array<std::string_view, 3> kOthers{"defaults", "services", "routes"};
  if (root.kind != Kind::mapping) {
    if (root.kind != Kind::null && root.kind != Kind::refused) {
      report.at(root.position, fmt::format("a config file is a mapping (key: value), not {}", name_of(root.kind)));
    }
    return;
  }
  Section<Config>{global_keys(), config, report, ""}.read(root, "", kOthers);
  const YamlEntry* defaults = root.find("defaults");
  if (defaults == nullptr || !is_section(defaults->value, "defaults", report)) return;
  Section<ServiceSettings>{service_keys(), config.defaults, report, "defaults"}.read(defaults->value, "", {});
}

void read_services(const YamlNode& root, Config& config, Report& report) {
  const YamlEntry* services = root.find("services");
  if (services != nullptr && services->value.kind != Kind::null && !is_section(services->value, "services", report)) return;
  const std::string hint = "add one: services: { app: { instances: [127.0.0.1:9001] } }";
  if (root.kind != Kind::mapping && root.kind != Kind::null) return;  // reported, and nothing can be in it
  if (services == nullptr) return report.whole_file("no service", hint);
  if (services->value.kind == Kind::refused) return;
  if (services->value.entries.empty()) return report.at(services->position, "no service", hint);
  for (const YamlEntry& entry : services->value.entries) read_service(entry, config, report);
}

void read_timeouts(const YamlNode& node, std::string_view root, Timeouts& timeouts, Report& report) {
  if (!is_section(node, joined(root, "timeouts"), report)) return;
  ServiceSettings settings;
  settings.timeouts = timeouts;
  Section<ServiceSettings>{service_keys(), settings, report, root}.read(node, "timeouts.", {});
  timeouts = settings.timeouts;
}

}  // namespace rota
