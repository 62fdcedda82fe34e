#include "admin/status_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "admin/figures.h"
#include "admin/status_icons.h"

namespace rota {
namespace {

constexpr std::size_t kShortIdentity = 12;  // of a container's 64 digits; as Docker itself shortens it

void begin_number(Html& html, Html::Markup name) { html.markup("<td class=n data-name=\"").markup(name).markup("\">"); }

// Zeros and dashes step back, so that the eye finds what is there.
void write_number(Html& html, Html::Markup name, std::string_view figure) {
  const bool is_nothing = figure == "0" || figure == "–" || figure == "0 %";
  begin_number(html, name);
  if (is_nothing) html.markup("<span class=zero>");
  html.text(figure);
  if (is_nothing) html.markup("</span>");
  html.markup("</td>");
}

void write_name(Html& html, const InstanceView& instance) {
  html.markup("<th scope=row><span class=name>").text(instance.address, 120);
  if (instance.identity != instance.address) {
    html.markup("<small title=\"").text(instance.identity, 200).markup("\">").text(instance.identity, kShortIdentity).markup("</small>");
  }
  html.markup("</span></th>");
}

void write_state(Html& html, const InstanceView& instance, WallTime now) {
  html.markup("<td class=wide><span class=\"state ")
      .markup(colour_of(instance.condition))
      .markup("\">")
      .markup(icon_of(instance.condition));
  html.text(instance.gone ? "gone" : name_of(instance.condition));
  if (instance.since != WallTime{}) html.markup("<span class=when>").text(age_figure(now - instance.since)).markup("</span>");
  html.markup("</span>");
  if (!instance.reason.empty()) html.markup("<span class=why><bdi>").text(instance.reason).markup("</bdi></span>");
  html.markup("</td>");
}

void write_share(Html& html, const InstanceView& instance) {
  constexpr double kWidth = 56;
  const double width = std::clamp(instance.share, 0.0, 1.0) * kWidth;
  begin_number(html, "Share");
  html.markup(
      "<span class=share><svg width=56 height=6 viewBox=\"0 0 56 6\" preserveAspectRatio=none aria-hidden=true><rect class=track width=56 "
      "height=6 rx=3 />");
  if (width > 0) {
    html.markup("<rect class=fill height=6 rx=3 width=\"").text(fmt::format("{:.1f}", std::max(width, 3.0))).markup("\" />");
  }
  html.markup("</svg><span>").text(share_figure(instance.share)).markup("</span></span></td>");
}

void write_breaker(Html& html, const InstanceView& instance) {
  html.markup("<td data-name=Breaker>");
  const bool is_closed = instance.breaker == "closed";
  html.markup(is_closed ? Html::Markup("<span class=zero>") : Html::Markup("<span class=\"bad\">"));
  html.text(instance.breaker == "half_open" ? "half open" : instance.breaker).markup("</span>");
  if (instance.breaker_opened > 0) html.markup("<span class=when>opened ").text(count_figure(instance.breaker_opened)).markup(" ×</span>");
  html.markup("</td>");
}

std::string ago(Duration age) { return age < std::chrono::seconds{1} ? "just now" : age_figure(age) + " ago"; }

void write_probe(Html& html, const InstanceView& instance, WallTime now) {
  html.markup("<td class=probe data-name=\"Last probe\">");
  if (instance.last_probe.empty()) {
    html.markup("<span class=zero>–</span>");
  } else {
    html.markup("<bdi>").text(instance.last_probe, 80).markup("</bdi>");
    if (instance.last_probe_at != WallTime{}) {
      html.markup("<span class=when>").text(ago(now - instance.last_probe_at)).markup("</span>");
    }
  }
  html.markup("</td>");
}

// Of a share of errors: when people should look.
Html::Markup colour_of_errors(double errors) {
  return errors >= 0.05 ? Html::Markup("bad") : errors > 0 ? Html::Markup("warn") : Html::Markup("zero");
}

void write_errors(Html& html, const Recent& recent) {
  begin_number(html, "Errors");
  if (recent.per_second > 0) {
    html.markup("<span class=").markup(colour_of_errors(recent.errors)).markup(">").text(share_figure(recent.errors)).markup("</span>");
  } else {
    html.markup("<span class=zero>–</span>");
  }
  html.markup("</td>");
}

std::string resource_figure(const std::optional<double>& share) { return share ? fmt::format("{:.0f} %", *share * 100) : "–"; }

}  // namespace

void write_instance_columns(Html& html) {
  html.markup(
      "<thead><tr><th scope=col>Instance</th><th scope=col>State</th><th scope=col class=n>Weight</th><th scope=col class=n>Share</th>"
      "<th scope=col class=n>Req/s</th><th scope=col class=n>In flight</th><th scope=col class=n>p50</th><th scope=col class=n>p95</th>"
      "<th scope=col class=n>p99</th><th scope=col class=n>Errors</th><th scope=col class=n>CPU</th><th scope=col class=n>Memory</th>"
      "<th scope=col>Breaker</th><th scope=col>Last probe</th></tr></thead>");
}

void write_instance_row(Html& html, const InstanceView& instance, WallTime now) {
  html.markup("<tr class=\"").markup(instance.gone ? Html::Markup("gone") : edge_of(instance.condition)).markup("\">");
  write_name(html, instance);
  write_state(html, instance, now);
  if (instance.gone) {
    html.markup("<td class=none colspan=12></td></tr>\n");
    return;
  }
  write_number(html, "Weight", count_figure(instance.weight));
  write_share(html, instance);
  write_number(html, "Req/s", rate_figure(instance.recent.per_second));
  write_number(html, "In flight", count_figure(static_cast<std::uint64_t>(std::max<std::int64_t>(instance.in_flight, 0))));
  write_number(html, "p50", latency_figure(instance.recent.p50));
  write_number(html, "p95", latency_figure(instance.recent.p95));
  write_number(html, "p99", latency_figure(instance.recent.p99));
  write_errors(html, instance.recent);
  write_number(html, "CPU", resource_figure(instance.cpu));
  write_number(html, "Memory", resource_figure(instance.memory));
  write_breaker(html, instance);
  write_probe(html, instance, now);
  html.markup("</tr>\n");
}

void write_event_row(Html& html, const Event& event, WallTime now) {
  using std::chrono::days, std::chrono::floor;
  const std::string date = floor<days>(event.at) == floor<days>(now) ? "" : rfc3339(event.at).substr(0, 10) + " ";
  const Html::Markup colour = event.level == LogLevel::error  ? Html::Markup("bad")
                              : event.level == LogLevel::warn ? Html::Markup("warn")
                                                              : Html::Markup("zero");
  std::string type = event.type;
  std::ranges::replace(type, '_', ' ');
  html.markup("<tr><td><time datetime=\"").text(rfc3339(event.at)).markup("\">").text(date).text(time_of_day(event.at));
  html.markup("</time></td><td class=\"type ").markup(colour).markup("\">").text(type, 60);
  html.markup("</td><td class=say><bdi>").text(event.text, 600).markup("</bdi></td></tr>\n");
}

}  // namespace rota
