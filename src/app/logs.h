// Both logs of the process, the access log and rota's own, and the thread that writes them. From open() on, whatever rota has to say goes through here.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "log/event_log.h"
#include "proxy/access_log.h"

namespace rota {

class Logs {
 public:
  // The error says which path cannot be written and why. `workers`: each gets a ring of its own.
  static std::expected<std::unique_ptr<Logs>, std::string> open(const Config& config, std::size_t workers);
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  EventLog& events() { return *events_; }
  // Null where there is no access log. Lives as long as this.
  const AccessLog::Settings* access_of(std::size_t worker) const { return access_.empty() ? nullptr : &access_[worker]; }

  // Lines of the access log so far. Any thread.
  std::uint64_t access_lines_dropped() const { return access_.empty() ? 0 : writer_.dropped(access_sink_); }

  // For whoever has moved the files away.
  void reopen();
  // Writes what is left, for at most a second, and says on stderr how many lines that could not be done for. Nothing is written behind it.
  void close();

 private:
  Logs() = default;
  std::expected<void, std::string> open_access_log(const AccessLogConfig& config, std::size_t workers);

  std::unique_ptr<EventLog> events_;
  std::vector<AccessLog::Settings> access_;
  std::size_t access_sink_ = 0;
  LogWriter writer_;  // the first to go, because its thread reports to events_ until it has ended
};

}  // namespace rota
