#include "app/logs.h"

#include <algorithm>

#include "app/say.h"

namespace rota {
namespace {

constexpr std::string_view kQuery = "query";  // in access_log.redact

AccessLogFormat format_of(const AccessLogConfig& config) {
  AccessLogFormat format{.format = config.format, .redact_query = false, .redact = config.redact};
  format.redact_query = std::erase(format.redact, kQuery) > 0;
  return format;
}

}  // namespace

std::expected<std::unique_ptr<Logs>, std::string> Logs::open(const Config& config, std::size_t workers) {
  std::unique_ptr<Logs> logs(new Logs);
  auto sink = LogSink::open(config.log.path);
  if (!sink) return std::unexpected("log.path: " + sink.error());
  LogWriter& writer = logs->writer_;
  logs->events_ = std::make_unique<EventLog>(writer, writer.add_ring(writer.add_sink(std::move(*sink), "log")), config.log.level);
  writer.set_report([events = logs->events_.get()](LogLevel level, std::string_view text) { events->say(level, text); });
  if (auto opened = logs->open_access_log(config.access_log, workers); !opened) return std::unexpected(opened.error());
  if (auto started = writer.start(); !started) return std::unexpected(started.error());
  return logs;
}

std::expected<void, std::string> Logs::open_access_log(const AccessLogConfig& config, std::size_t workers) {
  if (config.format == LogFormat::off) return {};
  auto sink = LogSink::open(config.path);
  if (!sink) return std::unexpected("access_log.path: " + sink.error());
  access_sink_ = writer_.add_sink(std::move(*sink), "access log");
  for (std::size_t i = 0; i < workers; ++i) {
    access_.push_back({.format = format_of(config), .headers = config.headers, .writer = writer_, .ring = writer_.add_ring(access_sink_)});
  }
  return {};
}

void Logs::reopen() { writer_.reopen(); }

void Logs::close() {
  const std::uint64_t lost = writer_.stop();
  if (lost > 0) say("{} log line{} could not be written", lost, lost == 1 ? "" : "s");
}

}  // namespace rota
