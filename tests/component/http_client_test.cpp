// rota's own small HTTP client on the in-memory network: what it sends, what it takes for an answer, when it keeps a connection, and that whatever fails leaves
// nothing behind.
#include "net/http_client.h"

#include <fmt/format.h>

#include <optional>

#include "tests/component/network_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Instance: a\r\n\r\nhello";
constexpr Duration kLimit = 5s;

Task<void> make_call(HttpClient& client, const ClientRequest& request, Deadline deadline, Stop* stop,
                     std::optional<Result<ClientAnswer>>& into) {
  Result<ClientAnswer> answer = co_await client.call(request, deadline, stop);
  into.emplace(std::move(answer));
}

class HttpClientTest : public testing::Test {
 protected:
  ~HttpClientTest() override {
    client_.reset();
    stage_.network().run_until_idle();
    EXPECT_EQ(buffers_.taken(), 0u);
  }

  Result<ClientAnswer> call(const ClientRequest& request = {}, Stop* stop = nullptr) {
    std::optional<Result<ClientAnswer>> answer;
    calls_.spawn(make_call(*client_, request, Deadline::after(stage_.clock().now(), kLimit), stop, answer));
    for (int turns = 0; !answer && turns < 100'000; ++turns) stage_.reactor().turn();
    EXPECT_TRUE(answer) << "the call hangs";
    return answer ? std::move(*answer) : fail(ErrorCode::io);
  }

  // Every connection answers each of its request heads by `response`; heads and connections are counted.
  void answer(std::string response, bool close = false) {
    stage_.play(NetworkStage::address(), [this, response, close](NetworkStage&, std::unique_ptr<Stream> stream) {
      return serve(std::move(stream), response, close);
    });
  }

  // The first connection answers `on_first` requests and dies at the next one; those behind it answer all of theirs.
  void die_behind(int on_first) {
    stage_.play(NetworkStage::address(), [this, on_first](NetworkStage&, std::unique_ptr<Stream> stream) {
      return serve(std::move(stream), std::string(kOk), false, connections_ == 0 ? on_first : 1000);
    });
  }

  Task<void> serve(std::unique_ptr<Stream> stream, std::string response, bool close, int most = 1000) {
    ++connections_;
    std::string rest;
    for (int served = 0;; ++served) {
      const std::string head = co_await read_through(stage_, *stream, rest, "\r\n\r\n");
      if (head.empty() || served == most) co_return;
      heads_.push_back(head);
      const bool written = co_await write_all(*stream, response);
      if (!written || close) co_return;
    }
  }

  void expect_error(std::string_view response, ErrorCode code, const ClientRequest& request = {}) {
    answer(std::string(response), true);
    const Result<ClientAnswer> answered = call(request);
    ASSERT_FALSE(answered) << response;
    EXPECT_EQ(answered.error().code, code) << response;
    EXPECT_EQ(answered.error().blame, Blame::upstream) << response;
  }

  NetworkStage stage_;
  BufferPool buffers_{16 * 1024};
  TaskGroup calls_;
  std::unique_ptr<HttpClient> client_ = std::make_unique<HttpClient>(stage_.reactor(), stage_.dialer(), buffers_, NetworkStage::address());
  std::vector<std::string> heads_;
  int connections_ = 0;
};

TEST_F(HttpClientTest, SendsAWholeRequestAndReadsAWholeAnswer) {
  answer(std::string(kOk));
  const Result<ClientAnswer> answered = call({.path = "/a?b=c", .fields = {{"Accept", "text/plain"}}});
  ASSERT_TRUE(answered);
  EXPECT_EQ(answered->status, 200);
  EXPECT_EQ(answered->body, "hello");
  EXPECT_EQ(answered->field("x-instance"), "a");
  EXPECT_EQ(answered->field("x-other"), "");
  ASSERT_EQ(heads_.size(), 1u);
  EXPECT_EQ(heads_[0], "GET /a?b=c HTTP/1.1\r\nHost: 192.0.2.10:9001\r\nAccept: text/plain\r\n\r\n");
}

TEST_F(HttpClientTest, SendsABodyWithItsLength) {
  answer(std::string(kOk));
  ASSERT_TRUE(call({.method = "POST", .host = "app.test", .body = "{}"}));
  ASSERT_TRUE(call({.method = "POST"}));
  EXPECT_EQ(heads_[0], "POST / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(heads_[1].ends_with("POST / HTTP/1.1\r\nHost: 192.0.2.10:9001\r\nContent-Length: 0\r\n\r\n")) << heads_[1];
}

TEST_F(HttpClientTest, ReadsEveryFraming) {
  const std::string large(100'000, 'x');  // several buffers
  answer(fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n", large.size(), large));
  EXPECT_EQ(call()->body, large);
  EXPECT_EQ(call()->body, large);
  EXPECT_EQ(connections_, 1);
  client_ = std::make_unique<HttpClient>(stage_.reactor(), stage_.dialer(), buffers_, NetworkStage::address());
  answer("HTTP/1.1 200 OK\r\n\r\n" + large, true);
  EXPECT_EQ(call()->body, large);
  answer("HTTP/1.1 204 No Content\r\n\r\n", true);
  EXPECT_EQ(call()->status, 204);
  answer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", true);
  EXPECT_EQ(call({.method = "HEAD"})->body, "");
}

TEST_F(HttpClientTest, KeepsItsConnectionWhileBothMay) {
  answer(std::string(kOk));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call());
  EXPECT_EQ(connections_, 1);
  answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  client_ = std::make_unique<HttpClient>(stage_.reactor(), stage_.dialer(), buffers_, NetworkStage::address());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(call());
  EXPECT_EQ(connections_, 4);
}

// What lies behind an answer could be taken for the next one's.
TEST_F(HttpClientTest, KeepsNoConnectionWithBytesBehindTheAnswer) {
  answer(std::string(kOk) + std::string(kOk));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call()->body, "hello");
  EXPECT_EQ(connections_, 3);
}

TEST_F(HttpClientTest, AHeadIsEnoughWhereNoBodyIsWanted) {
  answer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\nnot all of it");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(call({.most = 0})->status, 503);
  EXPECT_EQ(connections_, 2);
  EXPECT_TRUE(heads_[0].ends_with("\r\nConnection: close\r\n\r\n")) << heads_[0];
  stage_.run_now();
  EXPECT_EQ(stage_.actors().running(), 0u);  // it was closed
}

TEST_F(HttpClientTest, RepeatsAGetOnAConnectionThatTurnsOutDead) {
  die_behind(1);
  EXPECT_TRUE(call());
  const Result<ClientAnswer> second = call();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "hello");
  EXPECT_EQ(connections_, 2);
}

TEST_F(HttpClientTest, RepeatsNoPost) {
  die_behind(1);
  EXPECT_TRUE(call());
  const Result<ClientAnswer> second = call({.method = "POST", .body = "once"});
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().reused);
  EXPECT_EQ(connections_, 1);
}

TEST_F(HttpClientTest, RepeatsNothingThatFailedOnANewConnection) {
  die_behind(0);
  const Result<ClientAnswer> answered = call();
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, ErrorCode::end_of_stream);
  EXPECT_FALSE(answered.error().reused);
  EXPECT_EQ(connections_, 1);
}

Task<void> answer_and_end_later(NetworkStage& stage, std::unique_ptr<Stream> stream) {
  std::string rest;
  const std::string head = co_await read_through(stage, *stream, rest, "\r\n\r\n");
  co_await write_all(*stream, std::string(kOk));
  co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 1s));
}

// Seen before anything is sent, so that even a POST is safe.
TEST_F(HttpClientTest, SendsNothingOnAConnectionWhoseEndHasShown) {
  stage_.play(NetworkStage::address(), answer_and_end_later);
  EXPECT_TRUE(call());
  stage_.run_for(2s);
  answer(std::string(kOk));
  EXPECT_TRUE(call({.method = "POST", .body = "once"}));
  EXPECT_EQ(connections_, 1);
}

TEST_F(HttpClientTest, SkipsAFewInterimAnswersAndNoMore) {
  std::string few;
  for (int i = 0; i < 8; ++i) few += "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
  answer(few + std::string(kOk), true);
  EXPECT_EQ(call()->body, "hello");
  stage_.run_now();
  expect_error(few + "HTTP/1.1 100 Continue\r\n\r\n" + std::string(kOk), ErrorCode::response_malformed);
}

TEST_F(HttpClientTest, TakesNoGarbageForAnAnswer) {
  expect_error("SSH-2.0-OpenSSH_9.2\r\n", ErrorCode::response_malformed);
  expect_error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ErrorCode::response_malformed);
  expect_error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ErrorCode::response_malformed);
  expect_error("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", ErrorCode::response_malformed);
  expect_error("HTTP/1.1 200 OK\r\nX-Long: " + std::string(40'000, 'a'), ErrorCode::response_head_too_large);
  expect_error("", ErrorCode::end_of_stream);
  expect_error("HTTP/1.1 200 OK\r\nContent-Le", ErrorCode::end_of_stream);
  expect_error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", ErrorCode::end_of_stream);
}

TEST_F(HttpClientTest, TakesNoLongerBodyThanAskedFor) {
  expect_error(kOk, ErrorCode::content_too_large, {.most = 4});
  expect_error("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ErrorCode::content_too_large, {.most = 4});
  expect_error("HTTP/1.1 200 OK\r\n\r\nhello", ErrorCode::content_too_large, {.most = 4});
  answer("HTTP/1.1 200 OK\r\n\r\nhello", true);
  EXPECT_EQ(call({.most = 5})->body, "hello");
}

TEST_F(HttpClientTest, RefusesWhatWouldSplitItsHead) {
  EXPECT_EQ(call({.path = "/a b"}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.path = "/a\r\nX: y"}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.path = ""}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.host = "a\r\nX: y"}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.method = "G ET"}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.method = "CONNECT"}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.fields = {{"X", "a\nb"}}}).error().code, ErrorCode::bad_request);
  EXPECT_EQ(call({.fields = {{"X:", "a"}}}).error().code, ErrorCode::bad_request);
}

TEST_F(HttpClientTest, SaysWhoRefusesAndWhoIsSilent) {
  stage_.play(NetworkStage::address(), nullptr);
  EXPECT_EQ(call().error().code, ErrorCode::refused);
  for (const bool connects : {false, true}) {
    if (connects) {
      stage_.play(NetworkStage::address(), listen_only());
    } else {
      stage_.play_silence(NetworkStage::address());
    }
    const TimePoint before = stage_.clock().now();
    EXPECT_EQ(call().error().code, ErrorCode::timed_out);
    EXPECT_GE(stage_.clock().now() - before, kLimit);
    EXPECT_LT(stage_.clock().now() - before, kLimit + 10ms);
  }
}

Task<void> drip(NetworkStage& stage, std::unique_ptr<Stream> stream, std::string once, std::string again) {
  bool well = co_await write_all(*stream, std::move(once));
  while (well) {
    co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), 1s));
    well = co_await write_all(*stream, again);
  }
}

// Whatever comes meanwhile, and wherever in the answer: it has one deadline.
TEST_F(HttpClientTest, ADrippingAnswerMovesNoDeadline) {
  struct Drips {
    std::string once;
    std::string again;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const Drips& drips : {Drips{"HTTP/1.1 200 OK\r\nX-A: ", "a"}, Drips{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", "a"},
                             Drips{chunked, "1\r\na\r\n"}, Drips{chunked + "5;ext=a", "a"}, Drips{"HTTP/1.1 200 OK\r\n\r\n", "a"}}) {
    stage_.play(NetworkStage::address(), [drips](NetworkStage& stage, std::unique_ptr<Stream> stream) {
      return drip(stage, std::move(stream), drips.once, drips.again);
    });
    const TimePoint before = stage_.clock().now();
    EXPECT_EQ(call().error().code, ErrorCode::timed_out) << drips.once;
    EXPECT_LT(stage_.clock().now() - before, kLimit + 10ms) << drips.once;
    stage_.run_for(10s);
  }
}

TEST_F(HttpClientTest, AStopEndsTheCall) {
  stage_.play(NetworkStage::address(), listen_only());
  Stop stop;
  std::optional<Result<ClientAnswer>> answer;
  const ClientRequest request;
  calls_.spawn(make_call(*client_, request, Deadline::after(stage_.clock().now(), kLimit), &stop, answer));
  stage_.run_now();
  EXPECT_FALSE(answer);
  stop.request({.code = ErrorCode::stopped});
  stage_.run_now();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->error().code, ErrorCode::stopped);
}

// Two GETs on one client, the N-th operation failing, for every N: each is answered whole or by an error, in time, and nothing is left.
TEST(HttpClientFailures, LeaveNothingBehindAndMixNothing) {
  struct Story {
    std::string_view name;
    std::string response;
    std::size_t most;
  };
  const std::string large(40'000, 'x');
  const Story stories[] = {
      {"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 100},
      {"interim", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 100},
      {"chunked", fmt::format("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n0\r\n\r\n", large.size(), large),
       100'000},
      {"head only", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0},
  };
  for (const Story& story : stories) {
    for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
      std::uint64_t operations = 1;
      for (std::uint64_t failing = 0; failing <= operations; ++failing) {
        SCOPED_TRACE(fmt::format("{}, fault {}, operation {}", story.name, static_cast<int>(fault), failing));
        NetworkStage stage;
        stage.network().fail_operation(failing, fault);
        stage.play(NetworkStage::address(), answer_heads(story.response));
        BufferPool buffers(16 * 1024);
        TaskGroup calls;
        int answered = 0;
        {
          HttpClient client(stage.reactor(), stage.dialer(), buffers, NetworkStage::address());
          for (int i = 0; i < 2; ++i) {
            std::optional<Result<ClientAnswer>> answer;
            const ClientRequest request{.most = story.most};
            calls.spawn(make_call(client, request, Deadline::after(stage.clock().now(), kLimit), nullptr, answer));
            stage.network().run_until_idle();
            ASSERT_TRUE(answer) << "the call hangs";
            if (!*answer) continue;
            ++answered;
            EXPECT_EQ((*answer)->status, 200);
            EXPECT_EQ((*answer)->body.size(), story.name == "chunked" ? large.size() : story.most == 0 ? 0 : 5);
          }
        }
        if (failing == 0) operations = stage.network().operations();
        EXPECT_GE(answered, failing == 0 ? 2 : 1);
        stage.network().run_until_idle();
        EXPECT_EQ(buffers.taken(), 0u);
        EXPECT_EQ(stage.actors().running(), 0u);
        if (testing::Test::HasFailure()) return;
      }
      EXPECT_GT(operations, 5u);
    }
  }
}

}  // namespace
}  // namespace rota::test
