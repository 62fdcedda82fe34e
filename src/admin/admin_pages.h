// What the admin listener answers: one table of paths, behind one check of who asks. Read-only; control thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/access.h"
#include "admin/process_stats.h"
#include "base/clock.h"
#include "control/events.h"
#include "control/fleet_view.h"
#include "net/http_server.h"

namespace rota {

class AdminPages {
 public:
  using View = std::function<FleetView()>;
  using Process = std::function<std::optional<ProcessStats>()>;

  // `events` and `clock` outlive it.
  AdminPages(const AdminAccess& access, View view, const Events& events, const Clock& clock, Process process = read_process_stats)
      : check_(access), view_(std::move(view)), events_(events), clock_(clock), process_(std::move(process)) {}

  // A HEAD is answered as its GET is; whoever sends it leaves the body out.
  ServedAnswer answer(const ServedRequest& request) const;

  // Of the table, in its order, as openapi.json writes them.
  static std::vector<std::string> paths();

 private:
  struct Asked {
    std::string name;  // what stands for {…} in the path, decoded
    std::string_view query;
  };
  using Page = ServedAnswer (AdminPages::*)(const Asked&) const;
  struct Row {
    std::string_view path;  // a '{' in it stands for the rest, which is not empty and may hold slashes
    bool open;              // to whoever has no token
    Page page;
  };
  static const std::vector<Row>& rows();
  static bool matches(const Row& row, std::string_view path);

  ServedAnswer page_of(const ServedRequest& request) const;
  FleetView view() const;

  ServedAnswer root(const Asked&) const;
  ServedAnswer status(const Asked& asked) const;
  ServedAnswer metrics(const Asked&) const;
  ServedAnswer healthz(const Asked&) const;
  ServedAnswer readyz(const Asked& asked) const;
  ServedAnswer overview(const Asked&) const;
  ServedAnswer services(const Asked&) const;
  ServedAnswer service(const Asked& asked) const;
  ServedAnswer instances(const Asked&) const;
  ServedAnswer instance(const Asked& asked) const;
  ServedAnswer routes(const Asked&) const;
  ServedAnswer events(const Asked& asked) const;
  ServedAnswer openapi(const Asked&) const;

  const AccessCheck check_;
  const View view_;
  const Events& events_;
  const Clock& clock_;
  const Process process_;
};

}  // namespace rota
