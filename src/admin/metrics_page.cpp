#include "admin/metrics_page.h"

#include "metrics/prometheus.h"

namespace rota {
namespace {

using enum MetricType;

template <class Each>
void for_each_instance(const FleetView& fleet, Each each) {
  for (const ServiceView& service : fleet.services) {
    for (const InstanceView& instance : service.instances) {
      if (!instance.gone) each(instance);
    }
  }
}

void write_services(PrometheusText& text, const FleetView& fleet) {
  text.family("rota_requests_total", counter, "Requests by the status that the client was given. No service: no route took them.");
  const auto requests = [&](std::string_view service, const std::vector<MethodCount>& counts) {
    for (const MethodCount& each : counts) text.sample({{"service", service}, {"method", each.method}, {"code", each.code}}, each.count);
  };
  for (const ServiceView& service : fleet.services) requests(service.name, service.requests);
  requests("", fleet.unrouted);

  text.family("rota_request_duration_seconds", histogram, "From a request's head to the end of its answer.");
  for (const ServiceView& service : fleet.services) text.histogram({{"service", service.name}}, service.duration);

  text.family("rota_requests_in_flight", gauge, "Requests whose answer is not out yet.");
  for (const ServiceView& service : fleet.services) text.sample({{"service", service.name}}, service.in_flight);

  text.family("rota_errors_total", counter, "Requests that went wrong, by the token of RFC 9209. No service: no route took them.");
  const auto errors = [&](std::string_view service, const std::vector<CountBy>& counts) {
    for (const CountBy& each : counts) text.sample({{"service", service}, {"error", each.label}}, each.count);
  };
  for (const ServiceView& service : fleet.services) errors(service.name, service.errors);
  errors("", fleet.unrouted_errors);

  text.family("rota_retries_total", counter, "Attempts beyond a request's first, by what went wrong with the one before.");
  for (const ServiceView& service : fleet.services) {
    for (const CountBy& each : service.retries) text.sample({{"service", service.name}, {"reason", each.label}}, each.count);
  }
}

void write_instance_states(PrometheusText& text, const FleetView& fleet) {
  text.family("rota_instance_up", gauge, "1: it is given requests.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    text.sample({{"service", each.service}, {"instance", each.identity}}, std::uint64_t{each.in_service});
  });
  text.family("rota_instance_state", gauge, "1 for the state that it is in, 0 for the others.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    for (std::size_t i = 0; i < kInstanceConditions; ++i) {
      const auto condition = static_cast<InstanceCondition>(i);
      text.sample({{"service", each.service}, {"instance", each.identity}, {"state", name_of(condition)}},
                  std::uint64_t{each.condition == condition});
    }
  });
  text.family("rota_instance_in_flight", gauge, "Attempts that wait for the end of their answer.");
  for_each_instance(
      fleet, [&](const InstanceView& each) { text.sample({{"service", each.service}, {"instance", each.identity}}, each.in_flight); });
  text.family("rota_instance_cpu_ratio", gauge, "CPU time of what it may use.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    if (each.cpu) text.sample({{"service", each.service}, {"instance", each.identity}}, *each.cpu);
  });
  text.family("rota_instance_memory_ratio", gauge, "Memory of what it may use.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    if (each.memory) text.sample({{"service", each.service}, {"instance", each.identity}}, *each.memory);
  });
}

void write_instance_counts(PrometheusText& text, const FleetView& fleet) {
  text.family("rota_instance_requests_total", counter, "Attempts by the status of their answer; code none: they failed without one.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    for (const CountBy& answers : each.answers) {
      text.sample({{"service", each.service}, {"instance", each.identity}, {"code", answers.label}}, answers.count);
    }
    if (each.broken != 0) text.sample({{"service", each.service}, {"instance", each.identity}, {"code", "none"}}, each.broken);
  });
  text.family("rota_instance_latency_seconds", histogram, "From an attempt's begin to the head of its answer.");
  for_each_instance(
      fleet, [&](const InstanceView& each) { text.histogram({{"service", each.service}, {"instance", each.identity}}, each.latency); });
  text.family("rota_breaker_transitions_total", counter, "Times that the instance's breaker went to this state.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    const auto sample = [&](std::string_view to, std::uint64_t count) {
      text.sample({{"service", each.service}, {"instance", each.identity}, {"to", to}}, count);
    };
    sample("open", each.breaker_opened);
    sample("half_open", each.breaker_half_opened);
    sample("closed", each.breaker_closed);
  });
  text.family("rota_probes_total", counter, "Health probes by their result.");
  for_each_instance(fleet, [&](const InstanceView& each) {
    const auto sample = [&](std::string_view result, std::uint64_t count) {
      text.sample({{"service", each.service}, {"instance", each.identity}, {"result", result}}, count);
    };
    sample("passed", each.probes_passed);
    sample("failed", each.probes_failed);
  });
}

void write_rota(PrometheusText& text, const FleetView& fleet) {
  text.family("rota_connections", gauge, "Open connections of clients.");
  for (const ListenerView& each : fleet.listeners) text.sample({{"listener", each.address}}, each.connections);
  text.family("rota_source_up", gauge, "1: the source of instances can be asked.");
  for (const FleetView::Source& each : fleet.sources) text.sample({{"source", each.name}}, std::uint64_t{each.up});
  text.family("rota_source_events_total", counter, "What a source said, by type; update: which instances there are.");
  for (const FleetView::Source& each : fleet.sources) text.sample({{"source", each.name}, {"type", "update"}}, each.events);
  text.family("rota_config_reloads_total", counter, "Times that the config was read again, by what came of it.");
  text.sample({{"result", "applied"}}, fleet.reloads_applied);
  text.sample({{"result", "refused"}}, fleet.reloads_refused);
  text.family("rota_access_log_dropped_total", counter, "Lines that found no room, because nobody took those before them.");
  text.sample({}, fleet.access_log_dropped);
  text.family("rota_build_info", gauge, "Always 1; its labels say what this is.");
  text.sample({{"version", fleet.version}}, std::uint64_t{1});
}

void write_process(PrometheusText& text, const ProcessStats& process) {
  text.family("process_cpu_seconds_total", counter, "CPU time of rota's process, user and system.");
  text.sample({}, process.cpu_seconds);
  text.family("process_resident_memory_bytes", gauge, "Resident memory of rota's process.");
  text.sample({}, process.resident_bytes);
  text.family("process_virtual_memory_bytes", gauge, "Virtual memory of rota's process.");
  text.sample({}, process.virtual_bytes);
  text.family("process_open_fds", gauge, "Open file descriptors.");
  text.sample({}, process.open_fds);
  if (process.max_fds) {
    text.family("process_max_fds", gauge, "The most file descriptors that may be open.");
    text.sample({}, *process.max_fds);
  }
  text.family("process_start_time_seconds", gauge, "When rota's process started, in seconds since the epoch.");
  text.sample({}, process.start_seconds);
  text.family("process_threads", gauge, "Threads of rota's process.");
  text.sample({}, process.threads);
}

}  // namespace

std::string metrics_page(const FleetView& fleet, const std::optional<ProcessStats>& process) {
  PrometheusText text;
  write_services(text, fleet);
  write_instance_states(text, fleet);
  write_instance_counts(text, fleet);
  write_rota(text, fleet);
  if (process) write_process(text, *process);
  return text.take();
}

}  // namespace rota
