#include "admin/admin_pages.h"

#include <algorithm>

#include "admin/api.h"
#include "admin/metrics_page.h"
#include "admin/openapi.h"
#include "admin/problem.h"
#include "admin/query.h"
#include "admin/status_page.h"
#include "base/units.h"
#include "metrics/prometheus.h"

namespace rota {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPolicyField = "Content-Security-Policy";

ServedAnswer json_answer(std::string text) { return {.content_type = "application/json", .body = std::move(text)}; }
ServedAnswer json_answer(const Json& json) { return json_answer(text_of(json)); }

ServedAnswer text_answer(std::uint16_t status, std::string body) { return {.status = status, .body = std::move(body)}; }

// A parameter that is not there is `otherwise`; one that is no number from `least` to `most` is nothing.
std::optional<std::uint64_t> number_parameter(std::string_view query, std::string_view name, std::uint64_t least, std::uint64_t most,
                                              std::uint64_t otherwise) {
  const auto text = query_parameter(query, name);
  if (!text) return otherwise;
  const auto number = parse_whole(*text, most);
  return number && *number >= least ? std::optional(*number) : std::nullopt;
}

// Beside Cache-Control and X-Content-Type-Options, which the HttpServer gives every answer.
void add_common_fields(ServedAnswer& answer) {
  const auto is_policy = [](const auto& field) { return field.first == kPolicyField; };
  if (std::ranges::none_of(answer.fields, is_policy)) {
    answer.fields.emplace_back(kPolicyField, "default-src 'none'; frame-ancestors 'none'");
  }
  answer.fields.emplace_back("X-Frame-Options", "DENY");
  answer.fields.emplace_back("Referrer-Policy", "no-referrer");
}

}  // namespace

const std::vector<AdminPages::Row>& AdminPages::rows() {
  static const std::vector<Row> kRows{
      {"/", false, &AdminPages::root},
      {"/status", false, &AdminPages::status},
      {"/metrics", false, &AdminPages::metrics},
      {"/healthz", true, &AdminPages::healthz},
      {"/readyz", true, &AdminPages::readyz},
      {"/api/v1/overview", false, &AdminPages::overview},
      {"/api/v1/services", false, &AdminPages::services},
      {"/api/v1/services/{name}", false, &AdminPages::service},
      {"/api/v1/instances", false, &AdminPages::instances},
      {"/api/v1/instances/{id}", false, &AdminPages::instance},
      {"/api/v1/routes", false, &AdminPages::routes},
      {"/api/v1/events", false, &AdminPages::events},
      {"/api/v1/openapi.json", false, &AdminPages::openapi},
  };
  return kRows;
}

std::vector<std::string> AdminPages::paths() {
  std::vector<std::string> paths;
  for (const Row& row : rows()) paths.emplace_back(row.path);
  return paths;
}

bool AdminPages::matches(const Row& row, std::string_view path) {
  const std::size_t brace = row.path.find('{');
  if (brace == std::string_view::npos) return path == row.path;
  return path.size() > brace && path.starts_with(row.path.substr(0, brace));
}

ServedAnswer AdminPages::answer(const ServedRequest& request) const {
  ServedAnswer answer = page_of(request);
  add_common_fields(answer);
  return answer;
}

// Who has no token is not told which paths there are.
ServedAnswer AdminPages::page_of(const ServedRequest& request) const {
  const std::string_view path = request.head.path;
  const auto row = std::ranges::find_if(rows(), [path](const Row& each) { return matches(each, path); });
  const bool is_there = row != rows().end();
  if (auto refusal = check_.refusal(request, is_there && row->open)) return *std::move(refusal);
  if (!is_there) return problem(404, "There is no such path; /api/v1/openapi.json lists those that there are");
  if (request.head.method != http::Method::get && request.head.method != http::Method::head) {
    ServedAnswer answer = problem(405, "This path is only read: GET and HEAD");
    answer.fields.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  Asked asked{.name = {}, .query = request.head.query};
  if (const std::size_t brace = row->path.find('{'); brace != std::string_view::npos) {
    auto name = percent_decode(path.substr(brace));
    if (!name) return problem(404, "The path is not validly percent-encoded");
    asked.name = *std::move(name);
  }
  return (this->*row->page)(asked);
}

FleetView AdminPages::view() const {
  FleetView fleet = view_();
  if (fleet.now == WallTime{}) fleet.now = clock_.wall();
  return fleet;
}

ServedAnswer AdminPages::root(const Asked&) const { return {.status = 302, .fields = {{"Location", "/status"}}}; }

ServedAnswer AdminPages::status(const Asked& asked) const {
  const StatusPage page{.refreshes = query_parameter(asked.query, "refresh") != "off"};
  ServedAnswer answer{.content_type = std::string(kHtml), .body = page.html(view(), events_)};
  answer.fields.emplace_back(kPolicyField, StatusPage::policy());
  if (page.refreshes) answer.fields.emplace_back("Refresh", "2");
  return answer;
}

ServedAnswer AdminPages::metrics(const Asked&) const {
  return {.content_type = std::string(PrometheusText::kContentType), .body = metrics_page(view(), process_())};
}

ServedAnswer AdminPages::healthz(const Asked&) const { return text_answer(200, "ok\n"); }

ServedAnswer AdminPages::readyz(const Asked& asked) const {
  const FleetView fleet = view();
  const bool ready = fleet.ready && !fleet.draining;
  const std::uint16_t status = ready ? 200 : 503;
  if (!query_parameter(asked.query, "verbose")) return text_answer(status, ready ? "ok\n" : fleet.draining ? "draining\n" : "starting\n");
  std::string body = fleet.ready ? "[+] started\n" : "[-] started: the listeners are not open yet\n";
  body += fleet.draining ? "[-] not draining: it is\n" : "[+] not draining\n";
  return text_answer(status, body + (ready ? "ready\n" : "not ready\n"));
}

ServedAnswer AdminPages::overview(const Asked&) const { return json_answer(overview_json(view(), events_)); }
ServedAnswer AdminPages::services(const Asked&) const { return json_answer(services_json(view())); }
ServedAnswer AdminPages::instances(const Asked&) const { return json_answer(instances_text(view())); }
ServedAnswer AdminPages::routes(const Asked&) const { return json_answer(routes_json(view())); }

ServedAnswer AdminPages::service(const Asked& asked) const {
  auto text = service_text(view(), asked.name);
  return text ? json_answer(*std::move(text)) : problem(404, "There is no service of that name");
}

ServedAnswer AdminPages::instance(const Asked& asked) const {
  const Json json = instance_json(view(), asked.name);
  return json.is_null() ? problem(404, "There is no instance of that id") : json_answer(json);
}

ServedAnswer AdminPages::events(const Asked& asked) const {
  const auto limit = number_parameter(asked.query, "limit", 1, EventsAsked::kMost, EventsAsked{}.limit);
  if (!limit) return problem(400, "limit is not a whole number from 1 to 1000");
  EventsAsked events{.after = std::nullopt, .limit = *limit};
  if (query_parameter(asked.query, "after")) {
    events.after = number_parameter(asked.query, "after", 0, UINT64_MAX, 0);
    if (!events.after) return problem(400, "after is not the id of an event");
  }
  return json_answer(events_json(events_, events));
}

ServedAnswer AdminPages::openapi(const Asked&) const { return {.content_type = "application/json", .body = std::string(openapi_json())}; }

}  // namespace rota
