#include "tests/component/failing_instance.h"

#include <fmt/format.h>

#include <charconv>

namespace rota::test {
namespace {

constexpr Duration kHangStep = std::chrono::milliseconds{20};  // how often one that hangs looks whether it still does

std::string field_of(const std::string& head, std::string_view name) {
  const std::size_t at = head.find(fmt::format("\r\n{}: ", name));
  if (at == std::string::npos) return {};
  const std::size_t value = at + name.size() + 4;
  return head.substr(value, head.find("\r\n", value) - value);
}

// The first request of `text`, head and body; empty: it is not all there.
std::string take_request(std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string::npos) return {};
  std::size_t body = 0;
  const std::string length = field_of(text.substr(0, head + 2), "Content-Length");
  std::from_chars(length.data(), length.data() + length.size(), body);
  if (text.size() < head + 4 + body) return {};
  std::string request = text.substr(0, head + 4 + body);
  text.erase(0, request.size());
  return request;
}

}  // namespace

const char* name_of(Trouble trouble) {
  constexpr const char* kNames[] = {"none", "killed", "hanging", "answers_500", "answers_503", "slow"};
  return kNames[static_cast<std::size_t>(trouble)];
}

FailingInstance::FailingInstance(MemoryNetwork& network, MemoryDialer& dialer, TaskGroup& actors, BufferPool& buffers, Address address,
                                 std::uint64_t seed)
    : network_(network), dialer_(dialer), actors_(actors), buffers_(buffers), address_(std::move(address)), rng_(seed) {
  become(Trouble::none);
}

void FailingInstance::become(Trouble trouble) {
  changes_.push_back({.at = network_.reactor().now(), .trouble = trouble});
  if (trouble == Trouble::killed) {
    ++lives_;
    dialer_.announce(address_, nullptr);
    end_all();
  } else {
    dialer_.announce(address_, [this](std::unique_ptr<Stream> stream) { accept(std::move(stream)); });
  }
}

void FailingInstance::close_all() { end_all(); }

// Whoever waits for more ends its own; where nobody waits, the peer sees the reset at once.
void FailingInstance::end_all() {
  for (const std::weak_ptr<Line>& one : lines_) {
    const std::shared_ptr<Line> line = one.lock();
    if (!line || !line->stream) continue;
    line->stream->reset_on_close();
    line->stop.request({.code = ErrorCode::stopped});
    if (!line->is_read) line->stream.reset();
  }
  lines_.clear();
}

void FailingInstance::accept(std::unique_ptr<Stream> stream) {
  auto line = std::make_shared<Line>();
  line->stream = std::move(stream);
  std::erase_if(lines_, [](const std::weak_ptr<Line>& one) { return one.expired(); });
  lines_.push_back(line);
  actors_.spawn(serve(std::move(line)));
}

Task<void> FailingInstance::serve(std::shared_ptr<Line> line) {
  std::string text;
  while (line->stream) {
    std::string request = take_request(text);
    if (request.empty()) {
      line->is_read = true;
      Result<Buffer> came = co_await line->stream->read(buffers_, Deadline::never(), &line->stop);
      line->is_read = false;
      if (!came || line->stop.requested()) break;
      text += came->view();
      continue;
    }
    co_await answer(*line, request);
  }
  line->stream.reset();
}

Duration FailingInstance::time_for_work() {
  if (trouble() == Trouble::slow) return kSlow;
  return Duration{static_cast<Duration::rep>(rng_.below(static_cast<std::uint64_t>(kMostWork.count())))};
}

// One that hangs begins nothing, and goes on with nothing.
Task<void> FailingInstance::work() {
  Reactor& reactor = network_.reactor();
  while (trouble() == Trouble::hanging) co_await reactor.sleep_until(Deadline::at(reactor.now() + kHangStep));
  co_await reactor.sleep_until(Deadline::at(reactor.now() + time_for_work()));
  while (trouble() == Trouble::hanging) co_await reactor.sleep_until(Deadline::at(reactor.now() + kHangStep));
}

Task<void> FailingInstance::answer(Line& line, const std::string& request) {
  const bool is_probe = request.starts_with("GET /health ");
  const std::string id = field_of(request, "X-Id");
  const std::size_t life = lives_;
  Reactor& reactor = network_.reactor();
  while (trouble() == Trouble::hanging) co_await reactor.sleep_until(Deadline::at(reactor.now() + kHangStep));
  if (!line.stream || life != lives_) co_return;
  if (is_probe) {
    ++probes_;
  } else {
    const std::uint16_t status = trouble() == Trouble::answers_500 ? 500 : trouble() == Trouble::answers_503 ? 503 : 200;
    deeds_.push_back({.id = id, .is_post = request.starts_with("POST "), .status = status, .life = life});
  }
  const std::size_t deed = deeds_.size() - 1;
  co_await work();
  if (!line.stream || life != lives_) co_return;
  const std::uint16_t status = is_probe ? 200 : deeds_[deed].status;
  const Result<std::size_t> written = line.stream->write_without_waiting(
      fmt::format("HTTP/1.1 {} Said\r\nContent-Length: {}\r\nX-Id: {}\r\n\r\n{}", status, id.size(), id, id));
  if (!is_probe && written) deeds_[deed].is_complete = true;
}

}  // namespace rota::test
