#include "app/start_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>

#include "app/version.h"

namespace rota {
namespace {

// The first eight, and how many more there are.
template <class Items, class Text>
std::string first_of(const Items& items, Text text_of) {
  constexpr std::size_t kMost = 8;
  std::vector<std::string> texts;
  for (const auto& item : items | std::views::take(kMost)) texts.push_back(text_of(item));
  if (items.size() > kMost) texts.push_back(fmt::format("and {} more", items.size() - kMost));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string counted(std::size_t count, std::string_view what) { return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s"); }

namespace {

std::string_view strategy_name(StrategyKind kind) { return std::ranges::find(kStrategies, kind, &StrategyName::kind)->name; }

std::string describe_services(const Config& config) {
  if (config.services.size() == 1) {
    const ServiceConfig& service = config.services.front();
    const auto instances = first_of(service.instances, [](const InstanceConfig& instance) {
      return instance.weight == 1 ? instance.address.text() : fmt::format("{} (weight {})", instance.address.text(), instance.weight);
    });
    return fmt::format("service {}: {} by {}", service.name, instances, strategy_name(service.settings.strategy));
  }
  return fmt::format("{} services: {}", config.services.size(), first_of(config.services, [](const ServiceConfig& service) {
                       return fmt::format("{} ({})", service.name, counted(service.instances.size(), "instance"));
                     }));
}

std::string describe_routes(const Config& config) {
  if (!config.routes.empty()) return fmt::format("; {}", counted(config.routes.size(), "route"));
  return config.services.size() == 1 ? "" : "; no routes: each service takes <its name>.localhost";
}

}  // namespace

std::string describe_start(const Loaded& loaded, const std::vector<ListenSockets>& listeners, std::size_t workers,
                           const std::string& admin) {
  std::vector<std::string> addresses;
  for (const ListenSockets& listener : listeners) addresses.push_back(listener.address.text());
  return fmt::format("{} listening on {}; {}{}; {}; {}config: {}", kVersion, fmt::join(addresses, ", "), describe_services(loaded.config),
                     describe_routes(loaded.config), counted(workers, "worker"), admin.empty() ? "" : fmt::format("status: {}; ", admin),
                     loaded.origin);
}

}  // namespace rota
