#include "admin/api.h"

#include <algorithm>

#include "admin/figures.h"
#include "admin/instance_counts.h"

namespace rota {
namespace {

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// Summed over workers one after the other, it may be below zero for a moment.
std::int64_t gauge(std::int64_t value) { return std::max<std::int64_t>(value, 0); }

Json null_if_empty(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json null_if_zero(Duration duration) { return duration == Duration::zero() ? Json(nullptr) : Json(seconds(duration)); }
Json null_if_never(WallTime time) { return time == WallTime{} ? Json(nullptr) : Json(rfc3339(time)); }
Json null_if_unknown(const std::optional<double>& number) { return number ? Json(*number) : Json(nullptr); }

Json by_label(const std::vector<CountBy>& counts) {
  Json json = Json::object();
  for (const CountBy& each : counts) json[each.label] = each.count;
  return json;
}

Json by_method(const std::vector<MethodCount>& counts) {
  Json json = Json::array();
  for (const MethodCount& each : counts) json.push_back({{"method", each.method}, {"code", each.code}, {"count", each.count}});
  return json;
}

// An object whose keys are known to differ. A list of pairs in braces takes nearly three times as long: each pair is an array first, and each key is looked for.
class Object {
 public:
  explicit Object(std::size_t members) { members_.reserve(members); }
  Object& add(const char* key, Json value) {
    members_.push_back({key, std::move(value)});
    return *this;
  }
  Json take() { return Json(std::move(members_)); }

 private:
  Json::object_t members_;
};

Json json_of(const Recent& recent) {
  return Object(5)
      .add("per_second", recent.per_second)
      .add("errors", recent.errors)
      .add("p50", null_if_zero(recent.p50))
      .add("p95", null_if_zero(recent.p95))
      .add("p99", null_if_zero(recent.p99))
      .take();
}

Json json_of(const HistogramSum& durations) {
  return Object(2).add("count", durations.count()).add("sum", seconds(durations.sum())).take();
}

Json json_of(const InstanceCounts& counts) {
  Json states = Json::object();
  for (std::size_t i = 0; i < kInstanceConditions; ++i)
    states[std::string(name_of(static_cast<InstanceCondition>(i)))] = counts.by_condition[i];
  return {{"total", counts.total}, {"in_service", counts.in_service}, {"gone", counts.gone}, {"states", std::move(states)}};
}

Json breaker_of(const InstanceView& instance) {
  return Object(4)
      .add("state", instance.breaker)
      .add("opened", instance.breaker_opened)
      .add("half_opened", instance.breaker_half_opened)
      .add("closed", instance.breaker_closed)
      .take();
}

Json probes_of(const InstanceView& instance) {
  return Object(4)
      .add("passed", instance.probes_passed)
      .add("failed", instance.probes_failed)
      .add("last", null_if_empty(instance.last_probe))
      .add("last_at", null_if_never(instance.last_probe_at))
      .take();
}

Json json_of(const InstanceView& instance) {
  return Object(20)
      .add("id", instance.id)
      .add("service", instance.service)
      .add("identity", instance.identity)
      .add("address", instance.address)
      .add("weight", instance.weight)
      .add("share", instance.share)
      .add("state", name_of(instance.condition))
      .add("reason", null_if_empty(instance.reason))
      .add("since", null_if_never(instance.since))
      .add("in_service", instance.in_service)
      .add("gone", instance.gone)
      .add("in_flight", gauge(instance.in_flight))
      .add("recent", json_of(instance.recent))
      .add("attempts", Object(2).add("answers", by_label(instance.answers)).add("broken", instance.broken).take())
      .add("latency", json_of(instance.latency))
      .add("latency_average", instance.latency_average ? Json(seconds(*instance.latency_average)) : Json(nullptr))
      .add("cpu", null_if_unknown(instance.cpu))
      .add("memory", null_if_unknown(instance.memory))
      .add("breaker", breaker_of(instance))
      .add("probes", probes_of(instance))
      .take();
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// The last member of an object, `begun` up to it.
class InstanceList {
 public:
  explicit InstanceList(std::string begun) : text_(std::move(begun)) { text_ += "\"instances\":["; }

  void add(const std::vector<InstanceView>& instances) {
    for (const InstanceView& instance : instances) {
      if (text_.back() == '}') text_ += ',';
      text_ += dump(json_of(instance));
    }
  }
  std::string take() { return std::move(text_) + "]}\n"; }

 private:
  std::string text_;
};

Json json_of(const ServiceView& service) {
  return {{"name", service.name},
          {"strategy", service.strategy},
          {"in_flight", gauge(service.in_flight)},
          {"queued", gauge(service.queued)},
          {"recent", json_of(service.recent)},
          {"requests", by_method(service.requests)},
          {"errors", by_label(service.errors)},
          {"retries", by_label(service.retries)},
          {"duration", json_of(service.duration)},
          {"instance_counts", json_of(count_instances(service))}};
}

Json json_of(const Event& event) {
  Json numbers = Json::object();
  for (const auto& [name, number] : event.numbers) numbers[name] = number;
  return {{"id", event.id},
          {"at", rfc3339(event.at)},
          {"level", kLogLevelNames[static_cast<std::size_t>(event.level)]},
          {"type", event.type},
          {"service", null_if_empty(event.service)},
          {"instance", null_if_empty(event.instance)},
          {"text", event.text},
          {"numbers", std::move(numbers)}};
}

}  // namespace

Json overview_json(const FleetView& fleet, const Events& events) {
  Json listeners = Json::array();
  for (const ListenerView& each : fleet.listeners)
    listeners.push_back({{"address", each.address}, {"connections", gauge(each.connections)}});
  Json sources = Json::array();
  for (const FleetView::Source& each : fleet.sources) sources.push_back({{"name", each.name}, {"up", each.up}, {"events", each.events}});
  return {{"version", fleet.version},
          {"now", rfc3339(fleet.now)},
          {"started", rfc3339(fleet.started)},
          {"uptime", std::max(0.0, seconds(fleet.now - fleet.started))},
          {"generation", fleet.generation},
          {"workers", fleet.workers},
          {"config", fleet.config},
          {"ready", fleet.ready},
          {"draining", fleet.draining},
          {"listeners", std::move(listeners)},
          {"recent", json_of(fleet.recent)},
          {"in_flight", gauge(fleet.in_flight)},
          {"instance_counts", json_of(count_instances(fleet))},
          {"unrouted", {{"requests", by_method(fleet.unrouted)}, {"errors", by_label(fleet.unrouted_errors)}}},
          {"access_log_dropped", fleet.access_log_dropped},
          {"reloads", {{"applied", fleet.reloads_applied}, {"refused", fleet.reloads_refused}}},
          {"sources", std::move(sources)},
          {"last_event", events.last_id()}};
}

Json services_json(const FleetView& fleet) {
  Json list = Json::array();
  for (const ServiceView& service : fleet.services) list.push_back(json_of(service));
  return {{"services", std::move(list)}};
}

Json routes_json(const FleetView& fleet) {
  Json list = Json::array();
  for (const RouteView& each : fleet.routes) {
    list.push_back({{"host", null_if_empty(each.host)}, {"path", each.path}, {"service", each.service}});
  }
  return {{"routes", std::move(list)}};
}

std::string instances_text(const FleetView& fleet) {
  InstanceList list("{");
  for (const ServiceView& service : fleet.services) list.add(service.instances);
  return list.take();
}

std::optional<std::string> service_text(const FleetView& fleet, std::string_view name) {
  const auto found = std::ranges::find(fleet.services, name, &ServiceView::name);
  if (found == fleet.services.end()) return std::nullopt;
  std::string service = dump(json_of(*found));
  service.back() = ',';  // its '}' comes behind the list
  InstanceList list(std::move(service));
  list.add(found->instances);
  return list.take();
}

// Gone ones stand last, so that whoever is there now is found first.
Json instance_json(const FleetView& fleet, std::string_view id) {
  for (const ServiceView& service : fleet.services) {
    const auto found = std::ranges::find(service.instances, id, &InstanceView::id);
    if (found != service.instances.end()) return json_of(*found);
  }
  return nullptr;
}

Json events_json(const Events& events, const EventsAsked& asked) {
  const auto& kept = events.kept();
  auto first = kept.begin();
  if (asked.after) {
    first = std::ranges::upper_bound(kept, *asked.after, {}, &Event::id);
  } else if (kept.size() > asked.limit) {
    first += static_cast<std::ptrdiff_t>(kept.size() - asked.limit);
  }
  Json list = Json::array();
  for (; first != kept.end() && list.size() < asked.limit; ++first) list.push_back(json_of(*first));
  return {{"events", std::move(list)}, {"first_kept", kept.empty() ? 0 : kept.front().id}, {"last_event", events.last_id()}};
}

std::string text_of(const Json& json) { return dump(json) + "\n"; }

}  // namespace rota
