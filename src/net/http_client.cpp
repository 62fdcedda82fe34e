#include "net/http_client.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/response_parser.h"
#include "http/text.h"
#include "net/body_reader.h"

namespace rota {
namespace {

constexpr std::uint8_t kNews = Readiness::readable | Readiness::peer_closed | Readiness::broken;
constexpr int kMostInterim = 8;  // answers before the answer

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}
// Of a target or a host: one word.
bool is_word(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) || c == ' '; });
}

// Paths and hosts come from labels and command lines, so a line's end in them is not a broken invariant but refused.
bool is_sendable(const ClientRequest& request) {
  if (!http::is_token(request.method) || request.method == "CONNECT") return false;
  if (request.path.empty() || !is_word(request.path) || !is_word(request.host)) return false;
  return std::ranges::all_of(request.fields, [](const auto& field) { return http::is_token(field.first) && is_value(field.second); });
}

bool may_repeat(const ClientRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string host_of(const Address& address) {
  return address.family == Address::Family::unix_path ? "localhost" : address.text();  // a path is no host
}

std::string text_of(const ClientRequest& request, const Address& to) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", request.method, request.path,
                                 request.host.empty() ? host_of(to) : std::string(request.host));
  for (const auto& [name, value] : request.fields) text += fmt::format("{}: {}\r\n", name, value);
  if (!request.body.empty() || !may_repeat(request)) text += fmt::format("Content-Length: {}\r\n", request.body.size());
  if (request.most == 0) text += "Connection: close\r\n";
  text += "\r\n";
  text += request.body;
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), http::to_lower);
  return result;
}

// What the socket says is the other end's doing; anything else is somebody's reason to end the wait, and stays.
Error blamed_on_peer(Error error) {
  if (is_of_socket(error.code)) error.blame = Blame::upstream;
  return error;
}

}  // namespace

std::string_view ClientAnswer::field(std::string_view lower) const {
  for (const auto& [name, value] : fields) {
    if (name == lower) return value;
  }
  return {};
}

// One request and its answer on one connection.
class HttpClient::Exchange {
 public:
  Exchange(Stream& stream, BufferPool& buffers, const ClientRequest& request, Deadline deadline, Stop* stop)
      : stream_(stream),
        buffers_(buffers),
        request_(request),
        deadline_(deadline),
        stop_(stop),
        limits_{.bytes = std::min(http::HeadLimits{}.bytes, buffers.capacity())} {}

  Task<Result<ClientAnswer>> run(std::string_view text);
  // Something of the answer came, so the connection was alive.
  bool has_begun() const { return static_cast<bool>(input_); }
  // Behind a whole answer: nothing follows it, and the connection may be used again.
  bool may_keep() const { return keep_ && (!input_ || input_.is_empty()) && !stream_.is(kNews); }

 private:
  Task<Result<void>> read_more();
  Task<Result<void>> read_head(http::ResponseHead& head);
  Task<Result<std::string>> read_body(const http::Body& framing);

  Stream& stream_;
  BufferPool& buffers_;
  const ClientRequest& request_;
  Deadline deadline_;
  Stop* stop_;
  http::HeadLimits limits_;
  Buffer input_;
  bool keep_ = false;
};

Task<Result<ClientAnswer>> HttpClient::Exchange::run(std::string_view text) {
  iovec all = piece(text);
  const Result<void> sent = co_await stream_.write({&all, 1}, deadline_, stop_);
  if (!sent) co_return std::unexpected(blamed_on_peer(sent.error()));

  http::ResponseHead head;
  const Result<void> came = co_await read_head(head);
  if (!came) co_return std::unexpected(blamed_on_peer(came.error()));
  ClientAnswer answer{.status = head.status};
  for (const http::Field& field : head.fields) {
    answer.fields.emplace_back(lower(head.fields.name(field)), std::string(head.fields.value(field)));
  }
  keep_ = head.keep_alive && request_.most != 0;
  if (request_.most == 0) co_return answer;

  Result<std::string> body = co_await read_body(head.body);
  if (!body) co_return std::unexpected(blamed_on_peer(body.error()));
  answer.body = std::move(*body);
  co_return answer;
}

Task<Result<void>> HttpClient::Exchange::read_more() {
  if (!input_) {
    Result<Buffer> read = co_await stream_.read(buffers_, deadline_, stop_);
    if (!read) co_return std::unexpected(read.error());
    input_ = std::move(*read);
    co_return Result<void>{};
  }
  input_.compact();
  const Result<std::size_t> came = co_await stream_.read_more(input_, deadline_, stop_);
  if (!came) co_return std::unexpected(came.error());
  co_return Result<void>{};
}

// Of the final answer; those before it are skipped. On success the body begins at the front of `input_`, and `head` points into what lies before it.
Task<Result<void>> HttpClient::Exchange::read_head(http::ResponseHead& head) {
  http::ResponseParser parser(limits_, request_.method == "HEAD" ? http::Method::head : http::Method::get);
  for (int interim = 0;;) {
    Result<bool> whole = false;
    if (input_) whole = parser.parse(input_.view(), head);
    if (!whole) co_return std::unexpected(whole.error());
    if (!*whole) {
      const Result<void> came = co_await read_more();
      if (!came) co_return came;
      continue;
    }
    input_.consume(parser.size());
    if (!head.is_interim()) co_return Result<void>{};
    if (head.status == 101 || ++interim > kMostInterim)
      co_return fail(ErrorCode::response_malformed, Blame::upstream);  // nobody asked for a switch
    parser.restart();
  }
}

// One deadline of the whole, and not one a piece: so not by BodyReader::next().
Task<Result<std::string>> HttpClient::Exchange::read_body(const http::Body& framing) {
  BodyReader reader(BodyReader::Side::response, framing, limits_, request_.most);
  std::string body;
  for (;;) {
    const Result<BodyPiece> taken = reader.take(input_);
    if (!taken) {
      const bool too_long = taken.error().code == ErrorCode::content_too_large;
      co_return fail(too_long ? ErrorCode::content_too_large : ErrorCode::response_malformed, Blame::upstream);
    }
    body += taken->bytes;
    if (taken->last) co_return body;
    const Result<void> came = co_await read_more();
    if (came) continue;
    if (came.error().code == ErrorCode::end_of_stream && framing.framing == http::Framing::until_close) co_return body;
    co_return std::unexpected(came.error());
  }
}

HttpClient::HttpClient(Reactor& reactor, Dialer& dialer, BufferPool& buffers, Address to)
    : reactor_(reactor), dialer_(dialer), buffers_(buffers), to_(std::move(to)) {}

// What has happened to it so far may show already: then nothing is risked on it.
std::unique_ptr<Stream> HttpClient::take_kept() {
  if (kept_ && kept_->is(kNews)) kept_.reset();
  return std::move(kept_);
}

Task<Result<ClientAnswer>> HttpClient::call(const ClientRequest& request, Deadline deadline, Stop* stop) {
  if (!is_sendable(request)) co_return fail(ErrorCode::bad_request);
  if (deadline.has_passed(reactor_.now())) co_return fail(ErrorCode::timed_out);
  const std::string text = text_of(request, to_);
  std::unique_ptr<Stream> stream = take_kept();
  for (bool reused = stream != nullptr;; reused = false) {
    if (!reused) {
      Result<std::unique_ptr<Stream>> dialed = co_await dialer_.dial(to_, deadline, stop);
      if (!dialed) co_return std::unexpected(dialed.error());
      stream = std::move(*dialed);
    }
    Exchange exchange(*stream, buffers_, request, deadline, stop);
    Result<ClientAnswer> answer = co_await exchange.run(text);
    if (answer) {
      if (exchange.may_keep() && stream->enlist()) kept_ = std::move(stream);
      co_return answer;
    }
    const ErrorCode code = answer.error().code;
    const bool dead = code == ErrorCode::end_of_stream || code == ErrorCode::reset || code == ErrorCode::io;
    answer.error().reused = reused && dead && !exchange.has_begun();
    if (!answer.error().reused || !may_repeat(request)) co_return answer;
  }
}

}  // namespace rota
