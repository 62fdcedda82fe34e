// What can go wrong on the way of a request, as a value of eight bytes. What each code means to a client is said in one place: proxy/rescue.
#pragma once

#include <cstdint>
#include <expected>

namespace rota {

enum class ErrorCode : std::uint8_t {
  // The request itself.
  bad_request,
  request_timeout,
  method_not_allowed,
  content_too_large,
  target_too_long,
  expectation_failed,
  header_section_too_large,
  transfer_coding_unknown,
  version_not_supported,
  // On the way to an instance.
  no_route,
  no_instance,
  connect_refused,
  connect_timeout,
  connect_failed,
  upstream_closed,  // ended or reset before a whole response head had come
  response_timeout,
  response_malformed,
  response_head_too_large,
  response_incomplete,  // ended or stalled in the middle of its body
  instance_lost,        // given up while its answer was waited for: it is dead, paused, gone
  status_retried,       // it answered with a status that another attempt was made for
  all_busy,             // every instance has as many requests as it may have, and so has the queue
  stopped,              // somebody else ended the wait: there is no more time
  // What no client is told by an answer.
  client_gone,     // it closed or reset its connection before its request was over
  tunnel_timeout,  // nothing moved on an upgraded connection
  // Sockets: what a Stream, Listener or Dialer reports; proxy/ turns these into the ones above, and nobody requests a Stop with them.
  end_of_stream,
  timed_out,
  reset,
  refused,
  unreachable,
  out_of_fds,
  io,
};

constexpr bool is_of_socket(ErrorCode code) { return code >= ErrorCode::end_of_stream; }

enum class Blame : std::uint8_t { client, upstream, us };

struct Error {
  ErrorCode code;
  Blame blame = Blame::us;
  bool reused = false;  // it happened on a connection that had served before, so the instance may be fine
  int system = 0;       // errno, where one was the cause

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, Blame blame = Blame::us, int system = 0) {
  return std::unexpected(Error{.code = code, .blame = blame, .system = system});
}

}  // namespace rota
