#include "app/http_call.h"

#include <fmt/format.h>

#include "http/response_parser.h"
#include "http/text.h"
#include "net/body_reader.h"

namespace rota {
namespace {

http::Method method_of(std::string_view text) { return text == "POST" ? http::Method::post : http::Method::get; }

std::string header(const http::ResponseHead& head, std::string_view lower) {
  for (const http::Field& field : head.fields) {
    if (http::equals_lower(head.fields.name(field), lower)) return std::string(head.fields.value(field));
  }
  return {};
}

}  // namespace

Task<Result<HttpAnswer>> HttpCaller::call(const HttpCall& call) {
  const Deadline deadline = Deadline::after(reactor_.now(), kMostTime);
  if (!kept_) {
    Result<std::unique_ptr<Stream>> dialed = co_await dialer_.dial(to_, deadline, nullptr);
    if (!dialed) co_return std::unexpected(dialed.error());
    kept_ = std::move(*dialed);
  }
  std::unique_ptr<Stream> stream = std::move(kept_);
  const std::string request = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                                          call.method, call.path, to_.text(), call.body.size(), call.body);
  iovec all = piece(request);
  const Result<void> sent = co_await stream->write({&all, 1}, deadline);
  if (!sent) co_return std::unexpected(sent.error());

  Result<Buffer> input = co_await stream->read(buffers_, deadline);
  if (!input) co_return std::unexpected(input.error());
  const http::HeadLimits limits;
  http::ResponseHead head;
  http::ResponseParser parser(limits, method_of(call.method));
  for (;;) {
    const Result<bool> whole = parser.parse(input->view(), head);
    if (!whole) co_return std::unexpected(whole.error());
    if (*whole) break;
    const Result<std::size_t> came = co_await stream->read_more(*input, deadline);
    if (!came) co_return std::unexpected(came.error());
  }
  HttpAnswer answer{.status = head.status, .instance = header(head, "x-instance"), .body = {}};
  const bool keep = head.keep_alive;
  input->consume(parser.size());
  BodyReader body(BodyReader::Side::response, head.body, limits);
  Stop never;
  for (bool last = false; !last;) {
    const Result<BodyPiece> piece = co_await body.next(*stream, buffers_, *input, kMostTime, never);
    if (!piece) co_return std::unexpected(piece.error());
    answer.body += piece->bytes;
    last = piece->last;
  }
  if (keep) kept_ = std::move(stream);
  co_return answer;
}

}  // namespace rota
