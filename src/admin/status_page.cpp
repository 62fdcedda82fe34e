#include "admin/status_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "admin/base64.h"
#include "admin/figures.h"
#include "admin/html.h"
#include "admin/instance_counts.h"
#include "admin/sha256.h"
#include "admin/status_icons.h"
#include "admin/status_rows.h"
#include "admin/status_style.h"

namespace rota {
namespace {

constexpr Html::Markup kWheel(
    R"svg(<svg width="24" height="24" viewBox="0 0 24 24" aria-hidden="true"><g fill="none" stroke="currentColor"><circle cx="12" cy="12" r="9.6" stroke-width="2.4"/><path d="M12 2.4v19.2M3.7 7.2l16.6 9.6M20.3 7.2L3.7 16.8" stroke-width="1.4"/></g><circle cx="12" cy="12" r="3.2" fill="currentColor"/></svg>)svg");

std::string plural(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count_figure(count), what, count == 1 ? "" : "s");
}

std::uint64_t not_negative(std::int64_t count) { return static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)); }

// "3 of 5 in service".
std::string in_service_figure(const InstanceCounts& counts) {
  return fmt::format("{} of {} in service", count_figure(counts.in_service), count_figure(counts.total));
}

// ---- the top

void write_head(Html& html, const InstanceCounts& counts) {
  html.markup(
      "<!doctype html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">"
      "<meta name=color-scheme content=\"light dark\"><title>");
  html.text(in_service_figure(counts)).markup(" · rota</title><style>").markup(kStatusStyle).markup("</style></head>\n<body>\n");
}

void write_header(Html& html, const FleetView& fleet, bool refreshes) {
  html.markup("<header><h1>").markup(kWheel).markup("rota</h1><p>").text(fleet.version, 40).markup("</p><p class=push>");
  html.markup("<time datetime=\"").text(rfc3339(fleet.now)).markup("\">").text(time_of_day(fleet.now)).markup(" UTC</time> · ");
  html.markup(refreshes ? Html::Markup("every 2 s · <a href=\"/status?refresh=off\">Pause</a>")
                        : Html::Markup("paused · <a href=\"/status\">Resume</a>"));
  html.markup("</p></header>\n");
}

// Units and what stands behind a number step back: "1 d 3 h", "6 of 9".
void write_tile(Html& html, Html::Markup name, std::string_view figure) {
  html.markup("<div><dt>").markup(name).markup("</dt><dd>");
  for (const auto word : figure | std::views::split(' ')) {
    const std::string_view text(word.begin(), word.end());
    const bool is_unit =
        !text.empty() && (text == "%" || text == "/s" || (text.front() >= 'a' && text.front() <= 'z') || text.starts_with("µ"));
    if (word.begin() != figure.begin()) html.markup(" ");
    if (is_unit) {
      html.markup("<small>").text(text).markup("</small>");
    } else {
      html.text(text);
    }
  }
  html.markup("</dd></div>\n");
}

void write_strip(Html& html, const FleetView& fleet, const InstanceCounts& counts) {
  const Recent& recent = fleet.recent;
  html.markup("<dl class=strip>\n");
  write_tile(html, "Requests", rate_figure(recent.per_second) + " /s");
  write_tile(html, "Success", recent.per_second > 0 ? share_figure(1 - recent.errors) : "–");
  write_tile(html, "p50", latency_figure(recent.p50));
  write_tile(html, "p95", latency_figure(recent.p95));
  write_tile(html, "p99", latency_figure(recent.p99));
  write_tile(html, "In flight", count_figure(not_negative(fleet.in_flight)));
  write_tile(html, "In service", fmt::format("{} of {}", count_figure(counts.in_service), count_figure(counts.total)));
  write_tile(html, "Uptime", age_figure(fleet.now - fleet.started));
  write_tile(html, "Generation", count_figure(fleet.generation));
  html.markup("</dl>\n");
}

// ---- what somebody should know at once

void begin_note(Html& html, bool bad) {
  html.markup(bad ? Html::Markup("<p class=\"note bad\" role=status>") : Html::Markup("<p class=note role=status>"));
}

void write_notes(Html& html, const FleetView& fleet) {
  if (fleet.draining) {
    begin_note(html, false);
    html.markup("rota is draining: it finishes what is in flight, and takes nothing new.</p>\n");
  } else if (!fleet.ready) {
    begin_note(html, false);
    html.markup("rota is starting: its listeners open after the first round of probes.</p>\n");
  }
  for (const FleetView::Source& source : fleet.sources) {
    if (source.up) continue;
    begin_note(html, false);
    html.markup("<span>The source <b><bdi>")
        .text(source.name, 80)
        .markup("</bdi></b> cannot be asked; what it last named goes on serving.</span></p>\n");
  }
  for (const ServiceView& service : fleet.services) {
    const InstanceCounts counts = count_instances(service);
    if (counts.in_service > 0) continue;
    begin_note(html, true);
    html.markup("<span><b><bdi>")
        .text(service.name, 120)
        .markup("</bdi></b> has no instance in service: its clients get 503.</span></p>\n");
  }
}

// ---- a service

// One bar of all instances by their state, healthy ones first.
void write_mix(Html& html, const InstanceCounts& counts) {
  if (counts.total == 0) return;
  html.markup("<svg class=mix height=4 preserveAspectRatio=none viewBox=\"0 0 1000 4\" aria-hidden=true>");
  double at = 0;
  for (std::size_t i = kInstanceConditions; i-- > 0;) {
    const double width = static_cast<double>(counts.by_condition[i]) * 1000 / static_cast<double>(counts.total);
    if (width == 0) continue;
    html.markup("<rect class=").markup(colour_of(static_cast<InstanceCondition>(i))).markup(" fill=currentColor height=4 x=\"");
    html.text(fmt::format("{:.1f}", at)).markup("\" width=\"").text(fmt::format("{:.1f}", width)).markup("\" />");
    at += width;
  }
  html.markup("</svg>");
}

void write_service_head(Html& html, const ServiceView& service, const InstanceCounts& counts) {
  html.markup("<div class=head><h2><bdi>").text(service.name, 120).markup("</bdi></h2><p>").text(in_service_figure(counts));
  std::string strategy = service.strategy;
  std::ranges::replace(strategy, '_', ' ');
  html.markup(" · ").text(strategy, 60).markup("</p><p class=push><b>").text(rate_figure(service.recent.per_second)).markup("</b> req/s");
  if (service.recent.per_second > 0) {
    html.markup(" · <b>")
        .text(share_figure(1 - service.recent.errors))
        .markup("</b> success · p95 <b>")
        .text(latency_figure(service.recent.p95));
    html.markup("</b>");
  }
  html.markup(" · <b>").text(count_figure(not_negative(service.in_flight))).markup("</b> in flight");
  if (service.queued > 0) html.markup(" · <b>").text(count_figure(not_negative(service.queued))).markup("</b> waiting");
  html.markup("</p></div>");
}

// Those that are shown, in the order of the view where there is room for all.
std::vector<const InstanceView*> shown_of(const ServiceView& service) {
  std::vector<const InstanceView*> shown;
  const auto add = [&](auto belongs) {
    for (const InstanceView& instance : service.instances) {
      if (shown.size() < StatusPage::kMostInstances && belongs(instance)) shown.push_back(&instance);
    }
  };
  if (service.instances.size() <= StatusPage::kMostInstances) {
    add([](const InstanceView&) { return true; });
    return shown;
  }
  const auto is_healthy = [](const InstanceView& instance) { return instance.condition == InstanceCondition::healthy; };
  add([&](const InstanceView& instance) { return !instance.gone && !is_healthy(instance); });
  add([&](const InstanceView& instance) { return !instance.gone && is_healthy(instance); });
  add([](const InstanceView& instance) { return instance.gone; });
  return shown;
}

void write_service(Html& html, const ServiceView& service, WallTime now) {
  const InstanceCounts counts = count_instances(service);
  html.markup("<section>");
  write_service_head(html, service, counts);
  write_mix(html, counts);
  if (service.instances.empty()) {
    html.markup("<p class=more>No source names an instance of it.</p></section>\n");
    return;
  }
  html.markup("<div class=scroll><table class=fleet><caption>Instances of ").text(service.name, 120).markup("</caption>");
  write_instance_columns(html);
  html.markup("<tbody>\n");
  const auto shown = shown_of(service);
  for (const InstanceView* instance : shown) write_instance_row(html, *instance, now);
  html.markup("</tbody></table></div>");
  if (shown.size() < service.instances.size()) {
    html.markup("<p class=more>").text(plural(service.instances.size() - shown.size(), "more instance"));
    html.markup(", healthy or gone: <a href=\"/api/v1/instances\">all of them as JSON</a></p>");
  }
  html.markup("</section>\n");
}

// ---- the end

void write_events(Html& html, const Events& events, WallTime now) {
  html.markup("<section><div class=head><h2>Events</h2><p>newest first, UTC</p></div>");
  if (events.kept().empty()) {
    html.markup("<p class=more>Nothing has happened yet.</p></section>\n");
    return;
  }
  html.markup(
      "<table class=events><caption>Events, newest first</caption><thead><tr><th scope=col>Time</th><th scope=col>Type</th>"
      "<th scope=col>What happened</th></tr></thead><tbody>\n");
  for (const Event& event : events.kept() | std::views::reverse | std::views::take(StatusPage::kMostEvents))
    write_event_row(html, event, now);
  html.markup("</tbody></table></section>\n");
}

void write_footer(Html& html, const FleetView& fleet) {
  html.markup("<footer><p>");
  for (const ListenerView& listener : fleet.listeners) {
    html.markup("Listening on <bdi>")
        .text(listener.address, 120)
        .markup("</bdi> (")
        .text(plural(not_negative(listener.connections), "connection"));
    html.markup(") · ");
  }
  html.text(plural(fleet.workers, "worker")).markup(" · config <bdi>").text(fleet.config, 200).markup("</bdi> · ");
  html.text(plural(fleet.reloads_applied, "reload"));
  if (fleet.reloads_refused > 0) html.markup(", <span class=warn>").text(count_figure(fleet.reloads_refused)).markup(" refused</span>");
  if (fleet.access_log_dropped > 0) {
    html.markup(" · <span class=warn>").text(plural(fleet.access_log_dropped, "access-log line")).markup(" dropped</span>");
  }
  html.markup(
      "</p><p><a href=\"/metrics\">Metrics</a><a href=\"/api/v1/overview\">API</a><a href=\"/api/v1/openapi.json\">OpenAPI</a>"
      "<a href=\"/api/v1/events\">Events as JSON</a></p></footer>\n</body></html>\n");
}

}  // namespace

std::string StatusPage::html(const FleetView& fleet, const Events& events) const {
  const InstanceCounts counts = count_instances(fleet);
  Html html;
  write_head(html, counts);
  write_header(html, fleet, refreshes);
  html.markup("<main>\n");
  write_strip(html, fleet, counts);
  write_notes(html, fleet);
  for (const ServiceView& service : fleet.services) write_service(html, service, fleet.now);
  if (fleet.services.empty()) html.markup("<section><p class=more>There is no service.</p></section>\n");
  write_events(html, events, fleet.now);
  html.markup("</main>\n");
  write_footer(html, fleet);
  return html.take();
}

const std::string& StatusPage::policy() {
  static const std::string kPolicy =
      fmt::format("default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                  to_base64(sha256(Html::Markup(kStatusStyle).text)));
  return kPolicy;
}

}  // namespace rota
