#include "control/health_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "base/units.h"
#include "net/http_client.h"

namespace rota {
namespace {

constexpr Duration kMostTime = std::chrono::minutes{1};  // where the timeout is off: no wait is for ever

Duration most_time(const HealthSettings& settings) { return settings.timeout > Duration::zero() ? settings.timeout : kMostTime; }

bool is_expected(std::uint16_t status, const std::vector<StatusRange>& expect) {
  return std::ranges::any_of(expect, [status](const StatusRange& range) { return range.first <= status && status <= range.last; });
}

std::string text_of(const std::vector<StatusRange>& expect) {
  std::string text;
  for (const StatusRange& range : expect) {
    if (!text.empty()) text += ", ";
    text += range.first == range.last ? fmt::format("{}", range.first) : fmt::format("{}-{}", range.first, range.last);
  }
  return text;
}

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

// The instance had no part in it.
bool says_nothing(const Error& error) {
  return error.code == ErrorCode::stopped || error.code == ErrorCode::out_of_fds || error.system == EADDRNOTAVAIL;
}

std::string text_of(const Error& error, const HealthSettings& settings) {
  switch (error.code) {
    case ErrorCode::refused:
      return "refused";
    case ErrorCode::unreachable:
      return "unreachable";
    case ErrorCode::timed_out:
      return fmt::format("no answer within {}", format_duration(most_time(settings)));
    case ErrorCode::end_of_stream:
      return "closed without an answer";
    case ErrorCode::reset:
      return "reset without an answer";
    case ErrorCode::response_malformed:
      return "a malformed answer";
    case ErrorCode::response_head_too_large:
      return "an answer with too large a head";
    case ErrorCode::bad_request:
      return "the probe's path or host cannot be sent";
    default:
      return error.system == 0 ? "the connection failed" : fmt::format("the connection failed (errno {})", error.system);
  }
}

ProbeResult judged(std::uint16_t status, Duration took, const HealthSettings& settings) {
  ProbeResult result{.passed = is_expected(status, settings.expect), .took = took, .status = status};
  result.what = result.passed ? fmt::format("{} in {:.1f} ms", status, milliseconds(took))
                              : fmt::format("{}, not {}", status, text_of(settings.expect));
  return result;
}

Task<Result<std::uint16_t>> get(Reactor& reactor, Dialer& dialer, BufferPool& buffers, const ProbeTarget& target, Deadline deadline,
                                Stop& stop) {
  HttpClient client(reactor, dialer, buffers, target.address);
  const ClientRequest request{
      .path = target.settings.path, .host = target.settings.host, .fields = {{"User-Agent", "rota/health"}}, .most = 0};
  const Result<ClientAnswer> answer = co_await client.call(request, deadline, &stop);
  if (!answer) co_return std::unexpected(answer.error());
  co_return answer->status;
}

// A plain close follows, and no reset: some applications log, or even die of, a connection that is reset before they have accepted it.
Task<Result<std::uint16_t>> connect(Dialer& dialer, const ProbeTarget& target, Deadline deadline, Stop& stop) {
  const Result<std::unique_ptr<Stream>> stream = co_await dialer.dial(target.address, deadline, &stop);
  if (!stream) co_return std::unexpected(stream.error());
  co_return std::uint16_t{0};
}

}  // namespace

bool is_same_probe(const ProbeTarget& a, const ProbeTarget& b) {
  const HealthSettings& x = a.settings;
  const HealthSettings& y = b.settings;
  return a.address == b.address && x.path == y.path && x.host == y.host && x.interval == y.interval && x.timeout == y.timeout &&
         x.expect == y.expect;
}

Task<std::optional<ProbeResult>> probe(Reactor& reactor, Dialer& dialer, BufferPool& buffers, const ProbeTarget& target, Stop& stop) {
  const HealthSettings& settings = target.settings;
  const TimePoint begun = reactor.now();
  const Deadline deadline = Deadline::after(begun, most_time(settings));
  Result<std::uint16_t> status;
  if (settings.path.empty()) {
    status = co_await connect(dialer, target, deadline, stop);
  } else {
    status = co_await get(reactor, dialer, buffers, target, deadline, stop);
  }
  const Duration took = reactor.now() - begun;
  if (!status && says_nothing(status.error())) co_return std::nullopt;
  if (!status) co_return ProbeResult{.what = text_of(status.error(), settings), .took = took};
  if (settings.path.empty()) {
    co_return ProbeResult{.passed = true, .what = fmt::format("connected in {:.1f} ms", milliseconds(took)), .took = took};
  }
  co_return judged(*status, took, settings);
}

}  // namespace rota
