#include "app/fleet.h"

#include "config/make_roster.h"
#include "proxy/rescue.h"

namespace rota {

Fleet::Fleet(Reactor& reactor, EventLog& log, const Config& config, std::size_t workers, std::uint64_t seed)
    : dialer_(reactor),
      health_(reactor, dialer_, seed),
      events_([&log](LogLevel level, std::string_view text) { log.say(level, text); }),
      manager_({.reactor = reactor,
                .health = health_,
                .monitor = nullptr,
                .events = events_,
                .workers = workers,
                .seed = seed + 1,
                .token_of = error_token}),
      source_(make_roster(config)) {}

void Fleet::begin(InstanceManager::Publish publish) {
  manager_.publish_to(std::move(publish));
  source_.begin([this](Roster roster) { manager_.replace(std::move(roster)); });
}

void Fleet::replace(const Config& config) { source_.replace(make_roster(config)); }

void Fleet::end() {
  manager_.end();
  health_.end();
}

}  // namespace rota
