// For each story the N-th I/O operation of rota fails, for every N, in three ways. Whatever fails: nothing leaks, nothing hangs, no POST is processed
// twice, and no byte of one client's answer reaches the other.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tests/component/proxy_stage.h"

namespace rota::test {
namespace {

// How the instances frame their answers.
enum class Answer : std::uint8_t { length, chunked, until_close, interim_first };

struct Story {
  std::string_view name;
  std::string_view method;
  std::string_view version;
  std::string_view body;  // as it stands behind the field lines, the framing field included; {} is the client's letter, eight times
  Answer answer;
  std::size_t size;  // of an answer's body
  int requests;
};

constexpr std::string_view kNoBody = "\r\n";
constexpr std::string_view kLength = "Content-Length: 8\r\n\r\n{}";
constexpr std::string_view kChunks = "Transfer-Encoding: chunked\r\n\r\n8\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n";
constexpr std::size_t kSmall = 2000;
constexpr std::size_t kLarge = 200'000;  // several buffers and pipes full

constexpr std::array kStories{
    Story{"get", "GET", "1.1", kNoBody, Answer::length, kSmall, 1},
    Story{"get with a chunked answer", "GET", "1.1", kNoBody, Answer::chunked, kSmall, 1},
    Story{"get with an answer until close", "GET", "1.1", kNoBody, Answer::until_close, kSmall, 1},
    Story{"get with an interim answer first", "GET", "1.1", kNoBody, Answer::interim_first, kSmall, 1},
    Story{"get with a large answer", "GET", "1.1", kNoBody, Answer::chunked, kLarge, 1},
    Story{"get of an old client", "GET", "1.0", kNoBody, Answer::length, kSmall, 1},
    Story{"head", "HEAD", "1.1", kNoBody, Answer::length, kSmall, 1},
    Story{"two gets on one connection", "GET", "1.1", kNoBody, Answer::length, kSmall, 2},
    Story{"post with a length", "POST", "1.1", kLength, Answer::length, kSmall, 1},
    Story{"post in chunks", "POST", "1.1", kChunks, Answer::chunked, kSmall, 1},
    Story{"two posts on one connection", "POST", "1.1", kLength, Answer::chunked, kSmall, 2},
    Story{"put", "PUT", "1.1", kLength, Answer::length, kSmall, 1},
};

std::string request_of(const Story& story, char client) {
  std::string text;
  for (int i = 0; i < story.requests; ++i) {
    text += fmt::format("{} /{}{} HTTP/{}\r\nHost: a\r\nX-Id: {}{}\r\n", story.method, client, i, story.version, client, i);
    text += fmt::format(fmt::runtime(story.body), std::string(8, client));
  }
  return text;
}

std::string answer_to(const Story& story, std::string_view id) {
  const std::string body(story.size, id[0]);
  const std::string head = fmt::format("HTTP/1.1 200 OK\r\nX-Id: {}\r\n", id);
  switch (story.answer) {
    case Answer::length:
      return head + fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), story.method == "HEAD" ? "" : body);
    case Answer::chunked:
      return head + fmt::format("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body);
    case Answer::until_close:
      return head + "\r\n" + body;
    case Answer::interim_first:
      return fmt::format("HTTP/1.1 103 Early Hints\r\nX-Id: {}\r\n\r\n", id) + head +
             fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
  }
  return {};
}

Task<void> serve(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, const Story& story) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const std::size_t at = seen.head.find("X-Id: ") + 6;
    const bool written = co_await write_text(*stream, answer_to(story, seen.head.substr(at, 2)));
    if (!written || story.answer == Answer::until_close) co_return;
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

// Takes a chunked body off the front of `rest`; whether it was whole. All of it is of `body`.
bool take_chunks(std::string_view& rest, std::string_view body) {
  for (std::size_t at = 0; !rest.empty();) {
    const std::size_t line = rest.find("\r\n");
    if (line == std::string_view::npos) break;
    std::size_t size = 0;
    std::from_chars(rest.data(), rest.data() + line, size, 16);
    rest.remove_prefix(line + 2);
    const std::string_view data = rest.substr(0, size);
    EXPECT_EQ(data, body.substr(at, data.size())) << "another client's body";
    at += data.size();
    const bool framed = rest.size() >= size + 2;
    rest.remove_prefix(framed ? size + 2 : rest.size());
    if (framed && size == 0) return at == body.size();
  }
  rest = {};
  return false;
}

// The answers to this client, one behind the other as they are framed: each its own, and behind one that is not whole nothing more. How many were whole.
int own_whole_answers(const std::string& received, char own, const Story& story) {
  const std::string body(story.size, own);
  int whole = 0;
  for (std::string_view rest = received; !rest.empty();) {
    const std::size_t head_size = rest.find("\r\n\r\n");
    if (head_size == std::string_view::npos) break;  // cut short, and so the last
    const std::string_view head = rest.substr(0, head_size + 4);
    rest.remove_prefix(head.size());
    if (head.starts_with("HTTP/1.1 50")) {
      EXPECT_TRUE(rest.empty() || rest.starts_with("{")) << rest;
      const std::size_t end = rest.find("}\n");
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
      continue;
    }
    EXPECT_NE(head.find(fmt::format("X-Id: {}", own)), std::string_view::npos) << "another client's head: " << head;
    if (head.starts_with("HTTP/1.1 103")) continue;
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
    if (story.method == "HEAD") {
      ++whole;
    } else if (head.find("Transfer-Encoding: chunked") == std::string_view::npos) {
      const std::size_t here = std::min(rest.size(), body.size());
      EXPECT_EQ(rest.substr(0, here), body.substr(0, here)) << "another client's body";
      rest.remove_prefix(here);
      whole += here == body.size() ? 1 : 0;
    } else {
      whole += take_chunks(rest, body) ? 1 : 0;
    }
  }
  return whole;
}

// Plays `story` with the `failing`-th operation failing; how many operations there were.
std::uint64_t play(const Story& story, std::uint64_t failing, Fault fault) {
  SCOPED_TRACE(fmt::format("story '{}', operation {}, fault {}", story.name, failing, static_cast<int>(fault)));
  ProxyStage stage(2);
  stage.network().fail_operation(failing, fault);
  stage.play([&story](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
    return serve(on, instance, std::move(stream), story);
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
    const int whole = own_whole_answers(stage.received(clients[i]), kLetters[i], story);
    if (failing == 0 || fault == Fault::trickle) EXPECT_EQ(whole, story.requests) << stage.received(clients[i]).substr(0, 300);
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
