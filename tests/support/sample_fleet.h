// A fleet as it might be seen on a bad afternoon, for whatever shows one: a service with an instance in most states, and one where all is well.
#pragma once

#include <array>
#include <chrono>
#include <string>

#include "control/events.h"
#include "control/fleet_view.h"

namespace rota::test {

// 2026-11-24T14:32:07.250Z
inline constexpr WallTime kSampleNow = WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} + std::chrono::hours{14} +
                                                std::chrono::minutes{32} + std::chrono::milliseconds{7250}};

inline HistogramSum sample_durations(std::initializer_list<std::pair<Duration, int>> records) {
  Histogram histogram;
  for (const auto& [duration, times] : records) {
    for (int i = 0; i < times; ++i) histogram.record(duration);
  }
  HistogramSum sum;
  sum.add(histogram);
  return sum;
}

inline InstanceView sample_instance(std::string service, std::string address, Duration since) {
  using namespace std::chrono_literals;
  InstanceView instance;
  instance.id = service + "/" + address;
  instance.service = std::move(service);
  instance.identity = address;
  instance.address = std::move(address);
  instance.condition = InstanceCondition::healthy;
  instance.since = kSampleNow - since;
  instance.in_service = true;
  instance.answers = {{"200", 120'331}, {"404", 12}};
  instance.latency = sample_durations({{2ms, 90}, {9ms, 10}});
  instance.latency_average = 2'300us;
  instance.probes_passed = 4'210;
  instance.last_probe = "200 in 1.1 ms";
  instance.last_probe_at = kSampleNow - 2s;
  return instance;
}

inline ServiceView sample_app() {
  using namespace std::chrono_literals;
  ServiceView app;
  app.name = "app";
  app.strategy = "round_robin";
  app.in_flight = 38;
  app.recent = {.per_second = 1'871.4, .errors = 0.0004, .p50 = 2'400us, .p95 = 11ms, .p99 = 96ms};
  app.requests = {{"GET", "200", 1'203'481}, {"GET", "404", 51}, {"POST", "200", 88'210}, {"POST", "502", 3}};
  app.errors = {{"connection_terminated", 3}};
  app.retries = {{"connect", 214}, {"timeout", 9}};
  app.duration = sample_durations({{2ms, 900}, {10ms, 80}, {110ms, 20}});

  InstanceView well = sample_instance("app", "10.0.4.11:8080", 4h + 12min);
  well.identity = "5c1f0aa2b7d94e3f8d1c6b5a49382716f0e1d2c3b4a5968778695a4b3c2d1e0f";
  well.id = "app/" + well.identity;
  well.share = 0.4878;
  well.in_flight = 14;
  well.recent = {.per_second = 913.0, .errors = 0, .p50 = 2'200us, .p95 = 8'900us, .p99 = 21ms};
  well.cpu = 0.41;
  well.memory = 0.57;

  InstanceView other = sample_instance("app", "10.0.4.12:8080", 4h + 12min);
  other.weight = 1;
  other.share = 0.4878;
  other.in_flight = 13;
  other.recent = {.per_second = 911.8, .errors = 0, .p50 = 2'300us, .p95 = 9'100us, .p99 = 23ms};
  other.cpu = 0.44;
  other.memory = 0.55;

  InstanceView slow = sample_instance("app", "10.0.4.13:8080", 41s);
  slow.condition = InstanceCondition::slow;
  slow.reason = "average 143 ms to the response head, above 100 ms; kept at 10 % of its weight: half of the instances are out already";
  slow.share = 0.0244;
  slow.in_flight = 7;
  slow.recent = {.per_second = 46.6, .errors = 0, .p50 = 138ms, .p95 = 180ms, .p99 = 212ms};
  slow.latency_average = 143ms;
  slow.cpu = 0.78;
  slow.memory = 0.61;
  slow.last_probe = "200 in 96 ms";

  InstanceView open = sample_instance("app", "10.0.4.14:8080", 6s);
  open.condition = InstanceCondition::open;
  open.reason = "11 of the last 20 attempts failed (502); a trial in 4 s";
  open.in_service = false;
  open.answers = {{"200", 98'112}, {"502", 37}};
  open.recent = {.per_second = 4.2, .errors = 0.55, .p50 = 2'900us, .p95 = 12ms, .p99 = 31ms};
  open.breaker = "open";
  open.breaker_opened = 3;
  open.breaker_half_opened = 2;
  open.breaker_closed = 2;
  open.cpu = 0.12;
  open.memory = 0.58;
  open.last_probe = "200 in 1.3 ms";

  InstanceView failing = sample_instance("app", "10.0.4.15:8080", 2min + 9s);
  failing.condition = InstanceCondition::failing;
  failing.reason = "3 probes in a row failed: refused";
  failing.in_service = false;
  failing.broken = 2;
  failing.recent = {};
  failing.probes_failed = 26;
  failing.last_probe = "refused";
  failing.last_probe_at = kSampleNow - 400ms;

  InstanceView starting = sample_instance("app", "10.0.4.16:8080", 3s);
  starting.condition = InstanceCondition::starting;
  starting.reason = "new; no probe has passed yet";
  starting.in_service = false;
  starting.answers.clear();
  starting.latency = {};
  starting.latency_average.reset();
  starting.probes_passed = 0;
  starting.probes_failed = 1;
  starting.last_probe = "503 in 0.8 ms";
  starting.last_probe_at = kSampleNow - 250ms;
  starting.cpu = 0.93;
  starting.memory = 0.18;

  InstanceView gone = sample_instance("app", "10.0.4.9:8080", 5min);
  gone.gone = true;
  gone.in_service = false;
  gone.condition = InstanceCondition::draining;
  gone.reason = "no source names it any more";

  app.instances = {well, other, slow, open, failing, starting, gone};
  return app;
}

inline ServiceView sample_checkout() {
  using namespace std::chrono_literals;
  ServiceView checkout;
  checkout.name = "shop/checkout";
  checkout.strategy = "least_request";
  checkout.in_flight = 5;
  checkout.recent = {.per_second = 312.9, .errors = 0, .p50 = 5'100us, .p95 = 19ms, .p99 = 34ms};
  checkout.requests = {{"POST", "201", 312'004}};
  checkout.duration = sample_durations({{5ms, 90}, {20ms, 10}});
  const std::array<std::uint32_t, 3> weights{2, 1, 1};
  for (std::size_t i = 0; i < weights.size(); ++i) {
    InstanceView instance = sample_instance("shop/checkout", "10.0.7." + std::to_string(21 + i) + ":9000", 26h + 40min);
    instance.weight = weights[i];
    instance.share = weights[i] / 4.0;
    instance.in_flight = weights[i];
    instance.recent = {.per_second = 78.2 * weights[i], .errors = 0, .p50 = 5ms, .p95 = 18ms, .p99 = 33ms};
    instance.cpu = 0.19 + 0.01 * static_cast<double>(i);
    instance.memory = 0.34;
    checkout.instances.push_back(std::move(instance));
  }
  return checkout;
}

inline FleetView sample_fleet() {
  using namespace std::chrono_literals;
  FleetView fleet;
  fleet.version = "0.1.0";
  fleet.now = kSampleNow;
  fleet.started = kSampleNow - 27h - 3min;
  fleet.generation = 61;
  fleet.workers = 4;
  fleet.config = "/etc/rota/rota.yaml";
  fleet.ready = true;
  fleet.listeners = {{"0.0.0.0:8080", 213}};
  fleet.services = {sample_app(), sample_checkout()};
  fleet.routes = {{"shop.example.com", "/checkout/", "shop/checkout"}, {"", "/", "app"}};
  fleet.recent = {.per_second = 2'184.3, .errors = 0.0003, .p50 = 2'700us, .p95 = 12ms, .p99 = 88ms};
  fleet.in_flight = 43;
  fleet.unrouted = {{"GET", "404", 17}};
  fleet.unrouted_errors = {{"destination_not_found", 17}};
  fleet.reloads_applied = 2;
  fleet.reloads_refused = 1;
  fleet.sources = {{"file", true, 3}, {"docker", true, 41}};
  return fleet;
}

inline void add_sample_events(Events& events) {
  using namespace std::chrono_literals;
  const auto add = [&](Duration ago, LogLevel level, std::string type, std::string instance, std::string text) {
    events.add({.at = kSampleNow - ago,
                .level = level,
                .type = std::move(type),
                .service = "app",
                .instance = std::move(instance),
                .text = std::move(text)});
  };
  add(27h, LogLevel::info, "started", "", "rota 0.1.0 listens on 0.0.0.0:8080 with 4 workers");
  add(4h + 12min, LogLevel::info, "config_reloaded", "", "reloaded /etc/rota/rota.yaml: 1 instance added, 1 weight changed");
  add(40min, LogLevel::warn, "config_refused", "",
      "/etc/rota/rota.yaml:14:9: 'intervall' is not a key here; did you mean 'interval'? The old config stays");
  add(5min, LogLevel::info, "instance_gone", "10.0.4.9:8080", "app 10.0.4.9:8080 is gone: no source names it any more");
  add(2min + 9s, LogLevel::warn, "instance_failing", "10.0.4.15:8080", "app 10.0.4.15:8080 is failing: 3 probes in a row failed: refused");
  add(41s, LogLevel::warn, "instance_slow", "10.0.4.13:8080",
      "app 10.0.4.13:8080 is slow: average 143 ms to the response head, above 100 ms three times running");
  add(9s, LogLevel::info, "breaker_half_open", "10.0.4.14:8080", "app 10.0.4.14:8080: its breaker lets one trial through");
  add(6s, LogLevel::warn, "breaker_open", "10.0.4.14:8080",
      "app 10.0.4.14:8080: its breaker is open for 10 s: 11 of the last 20 attempts failed (502)");
  add(3s, LogLevel::info, "instance_added", "10.0.4.16:8080", "app 10.0.4.16:8080 is new: starting until its first probe passes");
  events.add({.at = kSampleNow - 1s,
              .level = LogLevel::error,
              .type = "retries_exhausted",
              .service = "app",
              .instance = "",
              .text = "app: a GET found no instance after 3 attempts",
              .numbers = {{"attempts", 3}}});
}

}  // namespace rota::test
