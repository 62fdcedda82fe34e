#include "proxy/own_answer.h"

#include "proxy/worker.h"

namespace rota {
namespace {

// How long a client may take to take such an answer.
constexpr Duration kStall = std::chrono::seconds{5};

}  // namespace

Task<Result<void>> send_own_answer(Worker& worker, Stream& stream, const OwnResponse& response, Record& record, bool close,
                                   bool with_body) {
  record.status = response.status;
  record.error = response.token;
  record.answered = worker.reactor().now();
  const std::string text = response.http1(record.id.text(), close, with_body);
  Result<void> sent;
  if (worker.ending().requested()) {
    const Result<std::size_t> at_once = stream.write_without_waiting(text);
    if (!at_once || *at_once != text.size()) sent = fail(ErrorCode::stopped);
  } else {
    iovec all = piece(text);
    sent = co_await stream.write({&all, 1}, Deadline::after(worker.reactor().now(), kStall), &worker.ending());
    if (!sent && sent.error().code == ErrorCode::timed_out) stream.reset_on_close();  // the kernel would go on offering it
  }
  if (sent) record.bytes_out = text.size() - (text.find("\r\n\r\n") + 4);
  co_return sent;
}

}  // namespace rota
