#include "tests/component/network_stage.h"

namespace rota::test {
namespace {

Task<void> serve_heads(NetworkStage& stage, std::unique_ptr<Stream> stream, std::string response, bool close) {
  std::string rest;
  for (;;) {
    const std::string head = co_await read_through(stage, *stream, rest, "\r\n\r\n");
    if (head.empty()) co_return;
    const bool written = co_await write_all(*stream, response);
    if (!written || close) co_return;
  }
}

Task<void> only_listen(NetworkStage& stage, std::unique_ptr<Stream> stream) {
  std::string rest;
  for (bool more = true; more;) more = co_await read_some(stage, *stream, rest);
}

Task<void> sleep(Reactor& reactor, Deadline until) { co_await reactor.sleep_until(until); }

}  // namespace

Address NetworkStage::address(std::size_t i) {
  return {.family = Address::Family::ipv4,
          .port = static_cast<std::uint16_t>(9001 + i % 50'000),
          .host = i < 50'000 ? "192.0.2.10" : "192.0.2.11"};
}

void NetworkStage::play(const Address& at, Script script) {
  if (!script) return dialer_.announce(at, nullptr);
  dialer_.announce(at,
                   [this, script = std::move(script)](std::unique_ptr<Stream> stream) { actors_.spawn(script(*this, std::move(stream))); });
}

void NetworkStage::run_for(Duration duration) {
  TaskGroup waiting;
  waiting.spawn(sleep(reactor_, Deadline::after(clock_.now(), duration)));
  while (waiting.running() > 0) reactor_.turn();
}

Task<bool> read_some(NetworkStage& stage, Stream& stream, std::string& text) {
  Result<Buffer> came = co_await stream.read(stage.own_buffers(), Deadline::never());
  if (!came) co_return false;
  text += came->view();
  co_return true;
}

Task<std::string> read_through(NetworkStage& stage, Stream& stream, std::string& text, std::string_view mark) {
  for (;;) {
    const std::size_t at = text.find(mark);
    if (at != std::string::npos) {
      std::string through = text.substr(0, at + mark.size());
      text.erase(0, through.size());
      co_return through;
    }
    const bool more = co_await read_some(stage, stream, text);
    if (!more) co_return std::string{};
  }
}

Task<bool> write_all(Stream& stream, std::string text) {
  if (text.empty()) co_return true;
  iovec all = piece(text);
  const Result<void> written = co_await stream.write({&all, 1}, Deadline::never());
  co_return written.has_value();
}

NetworkStage::Script answer_heads(std::string response, bool close) {
  return [response = std::move(response), close](NetworkStage& stage, std::unique_ptr<Stream> stream) {
    return serve_heads(stage, std::move(stream), response, close);
  };
}

NetworkStage::Script listen_only() {
  return [](NetworkStage& stage, std::unique_ptr<Stream> stream) { return only_listen(stage, std::move(stream)); };
}

}  // namespace rota::test
