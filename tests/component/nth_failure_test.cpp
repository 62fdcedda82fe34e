// For each story the N-th I/O operation of rota fails, for every N, in three ways. Whatever fails: nothing leaks, nothing hangs, no POST is processed
// twice, and no byte of one client's answer reaches the other.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

struct Story {
  std::string_view name;
  std::string_view method;
  std::string_view body;  // as it stands behind the field lines, the framing field included; {} is the client's letter, eight times
  bool chunked_answer;
  int requests;
};

constexpr std::string_view kNoBody = "\r\n";
constexpr std::string_view kLength = "Content-Length: 8\r\n\r\n{}";
constexpr std::string_view kChunks = "Transfer-Encoding: chunked\r\n\r\n8\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n";

constexpr std::array kStories{
    Story{"get", "GET", kNoBody, false, 1},
    Story{"get with a chunked answer", "GET", kNoBody, true, 1},
    Story{"two gets on one connection", "GET", kNoBody, false, 2},
    Story{"post with a length", "POST", kLength, false, 1},
    Story{"post in chunks", "POST", kChunks, true, 1},
    Story{"two posts on one connection", "POST", kLength, true, 2},
    Story{"put", "PUT", kLength, false, 1},
};

std::string request_of(const Story& story, char client) {
  std::string text;
  for (int i = 0; i < story.requests; ++i) {
    text += fmt::format("{} /{}{} HTTP/1.1\r\nHost: a\r\nX-Id: {}{}\r\n", story.method, client, i, client, i);
    text += fmt::format(fmt::runtime(story.body), std::string(8, client));
  }
  return text;
}

Task<void> serve(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, bool chunked) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const std::size_t at = seen.head.find("X-Id: ") + 6;
    const std::string id = seen.head.substr(at, 2);
    const std::string body(2000, id[0]);
    const std::string text =
        chunked ? fmt::format("HTTP/1.1 200 OK\r\nX-Id: {}\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{}\r\n0\r\n\r\n", id, body)
                : fmt::format("HTTP/1.1 200 OK\r\nX-Id: {}\r\nContent-Length: 2000\r\n\r\n{}", id, body);
    const bool written = co_await write_text(*stream, text);
    if (!written) co_return;
  }
}

// No POST has been processed more than once.
void expect_posts_once(const ProxyStage& stage) {
  std::map<std::string, int> times;
  for (const Seen& seen : stage.seen) {
    if (seen.head.starts_with("POST ")) ++times[seen.head.substr(0, seen.head.find(" HTTP/"))];
  }
  for (const auto& [what, count] : times) EXPECT_EQ(count, 1) << what;
}

// The answers to this client, one behind the other as they are framed: each its own, and behind one that is not whole nothing more.
void expect_own_answers(const std::string& received, char own, bool chunked) {
  std::string_view rest = received;
  while (!rest.empty()) {
    const std::size_t head_size = rest.find("\r\n\r\n");
    if (head_size == std::string_view::npos) return;  // cut short, and so the last
    const std::string_view head = rest.substr(0, head_size + 4);
    rest.remove_prefix(head.size());
    if (head.starts_with("HTTP/1.1 50")) {
      EXPECT_TRUE(rest.empty() || rest.starts_with("{")) << rest;
      const std::size_t end = rest.find("}\n");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
      continue;
    }
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    EXPECT_NE(head.find(fmt::format("X-Id: {}", own)), std::string_view::npos) << "another client's head: " << head;
    const std::string body(2000, own);
    if (!chunked) {
      const std::size_t here = std::min(rest.size(), body.size());
      EXPECT_EQ(rest.substr(0, here), body.substr(0, here)) << "another client's body";
      rest.remove_prefix(here);
      continue;
    }
    while (!rest.empty()) {  // chunks of any size, as they were read
      const std::size_t line = rest.find("\r\n");
      if (line == std::string_view::npos) return;
      std::size_t size = 0;
      std::from_chars(rest.data(), rest.data() + line, size, 16);
      rest.remove_prefix(line + 2);
      const std::string_view data = rest.substr(0, size);
      EXPECT_EQ(data, body.substr(0, data.size())) << "another client's body";
      rest.remove_prefix(std::min(rest.size(), size + 2));
      if (size == 0) break;
    }
  }
}

// Plays `story` with the `failing`-th operation failing; how many operations there were.
std::uint64_t play(const Story& story, std::uint64_t failing, Fault fault) {
  SCOPED_TRACE(fmt::format("story '{}', operation {}, fault {}", story.name, failing, static_cast<int>(fault)));
  ProxyStage stage(2);
  stage.network().fail_operation(failing, fault);
  stage.play([chunked = story.chunked_answer](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return serve(on, instance, std::move(stream), chunked);
  });
  std::array<std::size_t, 2> clients{};
  constexpr std::array kLetters{'Q', 'Z'};  // letters of no field that is expected in an answer
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const std::string request = request_of(story, kLetters[i]);
    clients[i] = stage.add_client({request.substr(0, request.size() / 2), request.substr(request.size() / 2)});
  }
  stage.run();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    EXPECT_TRUE(stage.has_ended(clients[i])) << "a client was left hanging";
    expect_own_answers(stage.received(clients[i]), kLetters[i], story.chunked_answer);
    if (failing == 0 || fault == Fault::trickle) {
      std::size_t whole = 0;
      for (std::size_t at = 0; (at = stage.received(clients[i]).find("HTTP/1.1 200 OK", at)) != std::string::npos; ++at) ++whole;
      EXPECT_EQ(whole, static_cast<std::size_t>(story.requests)) << stage.received(clients[i]).substr(0, 300);
    }
  }
  expect_posts_once(stage);
  stage.finish();
  return stage.network().operations();
}

class NthFailure : public testing::TestWithParam<Story> {};

TEST_P(NthFailure, LeaksNothingHangsNothingAndMixesNothing) {
  const std::uint64_t operations = play(GetParam(), 0, Fault::reset);
  fmt::print("{}: {} operations, each failing in three ways\n", GetParam().name, operations);
  ASSERT_GT(operations, 10u);
  for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
    for (std::uint64_t n = 1; n <= operations; ++n) {
      play(GetParam(), n, fault);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stories, NthFailure, testing::ValuesIn(kStories), [](const auto& story) {
  std::string name(story.param.name);
  std::ranges::replace(name, ' ', '_');
  return name;
});

}  // namespace
}  // namespace rota::test
