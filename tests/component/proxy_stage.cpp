#include "tests/component/proxy_stage.h"

#include <fmt/format.h>

#include <charconv>

namespace rota::test {
namespace {

std::string field_of(const std::string& head, std::string_view name) {
  const std::size_t at = head.find(fmt::format("\r\n{}: ", name));
  if (at == std::string::npos) return {};
  const std::size_t value = at + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

// Reads on until `text` holds `mark` from `from` on; its place behind the mark, or npos.
Task<std::size_t> read_through(ProxyStage& stage, Stream& stream, std::string& text, std::string_view mark, std::size_t from) {
  for (;;) {
    const std::size_t at = text.find(mark, from);
    if (at != std::string::npos) co_return at + mark.size();
    const bool more = co_await read_some(stage, stream, text);
    if (!more) co_return std::string::npos;
  }
}

Task<bool> read_at_least(ProxyStage& stage, Stream& stream, std::string& text, std::size_t size) {
  while (text.size() < size) {
    const bool more = co_await read_some(stage, stream, text);
    if (!more) co_return false;
  }
  co_return true;
}

Task<bool> read_chunked(ProxyStage& stage, Stream& stream, std::string& rest, std::string& body) {
  for (;;) {
    const std::size_t data = co_await read_through(stage, stream, rest, "\r\n", 0);
    if (data == std::string::npos) co_return false;
    const std::size_t size = number(std::string_view(rest).substr(0, data - 2), 16);
    if (size == 0) {
      const std::size_t end = co_await read_through(stage, stream, rest, "\r\n\r\n", data - 2);
      if (end == std::string::npos) co_return false;
      body += rest.substr(data, end - data - 2);  // trailers, as they came
      rest.erase(0, end);
      co_return true;
    }
    const bool whole = co_await read_at_least(stage, stream, rest, data + size + 2);
    if (!whole) co_return false;
    body += rest.substr(data, size);
    rest.erase(0, data + size + 2);
  }
}

}  // namespace

Task<bool> read_some(ProxyStage& stage, Stream& stream, std::string& text) {
  Result<Buffer> came = co_await stream.read(stage.own_buffers(), Deadline::never());
  if (!came) co_return false;
  text += came->view();
  co_return true;
}

Task<bool> read_request(ProxyStage& stage, Stream& stream, std::string& rest, Seen& seen) {
  const std::size_t end = co_await read_through(stage, stream, rest, "\r\n\r\n", 0);
  if (end == std::string::npos) co_return false;
  seen.head = rest.substr(0, end);
  seen.body.clear();
  rest.erase(0, end);
  if (field_of(seen.head, "Transfer-Encoding") == "chunked") co_return co_await read_chunked(stage, stream, rest, seen.body);
  const std::size_t length = number(field_of(seen.head, "Content-Length"), 10);
  const bool whole = co_await read_at_least(stage, stream, rest, length);
  if (!whole) co_return false;
  seen.body = rest.substr(0, length);
  rest.erase(0, length);
  co_return true;
}

Task<bool> write_text(Stream& stream, std::string text) {
  if (text.empty()) co_return true;
  iovec all = piece(text);
  const Result<void> written = co_await stream.write({&all, 1}, Deadline::never());
  co_return written.has_value();
}

namespace {

Task<void> serve_echo(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const std::string body = seen.body.empty() ? field_of(seen.head, "X-Id") : seen.body;
    const bool head_only = seen.head.starts_with("HEAD ");
    const bool written = co_await write_text(*stream, fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nX-Instance: {}\r\n\r\n{}",
                                                                  body.size(), instance, head_only ? "" : body));
    if (!written) co_return;
  }
}

Task<void> serve_answer(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, std::string response, bool close) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const bool written = co_await write_text(*stream, response);
    if (!written || close) co_return;
  }
}

}  // namespace

namespace {

Task<void> serve_at_once(ProxyStage& stage, std::unique_ptr<Stream> stream, std::string response) {
  std::string rest;
  const bool written = co_await write_text(*stream, std::move(response));
  for (bool more = written; more;) more = co_await read_some(stage, *stream, rest);
}

}  // namespace

ProxyStage::Script answer_at_once(std::string response) {
  return [response](ProxyStage& stage, std::size_t, std::unique_ptr<Stream> stream) {
    return serve_at_once(stage, std::move(stream), response);
  };
}

ProxyStage::Script echo() {
  return [](ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
    return serve_echo(stage, instance, std::move(stream));
  };
}

ProxyStage::Script answer(std::string response, bool close) {
  return [response, close](ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream) {
    return serve_answer(stage, instance, std::move(stream), response, close);
  };
}

ProxyStage::ProxyStage(std::size_t instances, Limits limits, Timeouts timeouts, const AccessLog::Settings* access_log)
    : staged_(instances, limits, timeouts, access_log), own_buffers_(64 * 1024) {}

ProxyStage::~ProxyStage() { finish(); }

void ProxyStage::play(Script script) {
  for (std::size_t i = 0; i < staged_.addresses.size(); ++i) play(i, script);
}

void ProxyStage::play(std::size_t instance, Script script) {
  if (!script) return staged_.dialer.announce(staged_.addresses[instance], nullptr);
  staged_.dialer.announce(staged_.addresses[instance], [this, instance, script](std::unique_ptr<Stream> stream) {
    actors_.spawn(script(*this, instance, std::move(stream)));
  });
}

std::size_t ProxyStage::add_client(std::vector<std::string> pieces, bool close_after) {
  clients_.push_back(std::make_unique<Client>());
  Client& client = *clients_.back();
  client.stream = staged_.listener->arrive();
  client.pieces = std::move(pieces);
  client.close_after = close_after;
  actors_.spawn(be_client(client));
  return clients_.size() - 1;
}

void ProxyStage::play_silence() {
  for (const Address& address : staged_.addresses) staged_.dialer.announce_silent(address);
}

Task<void> ProxyStage::be_client(Client& client) {
  for (std::string& piece : client.pieces) {
    co_await staged_.reactor.next_turn();
    const bool sent = co_await write_text(*client.stream, std::move(piece));
    if (!sent) break;
  }
  if (client.close_after) client.stream->shutdown_write();
  for (;;) {
    Result<Buffer> came = co_await client.stream->read(own_buffers_, Deadline::never(), &client.hung_up);
    if (!came) {
      client.end = came.error().code;
      break;
    }
    client.received += came->view();
  }
  client.stream.reset();
}

void ProxyStage::run() { staged_.network.run_until_idle(); }

void ProxyStage::run_until_seen(std::size_t count) {
  run_until([&] { return seen.size() >= count; });
}

void ProxyStage::run_until_received(std::size_t client, std::string_view text) {
  run_until([&] { return received(client).find(text) != std::string::npos; });
}

void ProxyStage::run_until_no_connection_is_open() {
  run_until([&] { return staged_.connections.open.load() == 0; });
}

void ProxyStage::finish() {
  if (!staged_.worker) return;
  staged_.worker->leave();
  staged_.network.run_until_idle();
  staged_.worker->end_all();
  staged_.network.run_until_idle();
  expect_nothing_left();
  for (const auto& client : clients_) client->hung_up.request({.code = ErrorCode::stopped});
  staged_.network.run_until_idle();
  EXPECT_EQ(actors_.running(), 0u) << "a client or an instance was left waiting on an open connection";
  staged_.worker.reset();
}

void ProxyStage::expect_nothing_left() { EXPECT_EQ(staged_.left_behind(), ""); }

}  // namespace rota::test
