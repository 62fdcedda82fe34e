// rota's own small HTTP server on the in-memory network: what it answers, in which order, what it refuses and how it closes; its bounds on time and connections;
// and that whatever fails leaves nothing behind.
#include "net/http_server.h"

#include <fmt/format.h>

#include <list>
#include <optional>

#include "tests/component/network_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

struct TestClient {
  std::unique_ptr<Stream> stream;
  std::string received;
  std::optional<ErrorCode> end;
  TimePoint ended_at;
};

class ServerStage {
 public:
  // Answers with what it was asked, until told otherwise.
  ServerStage() : server(net.reactor(), [this](const ServedRequest& request) { return handler(request); }) {
    auto own = std::make_unique<MemoryListener>(net.network());
    listener = own.get();
    server.serve(std::move(own));
  }
  ~ServerStage() {
    server.end();
    net.run_for(2s);  // who closes lingers for at most one
    EXPECT_EQ(server.connections(), 0u);
    for (TestClient& client : clients) {
      EXPECT_TRUE(client.end || !client.stream) << "a connection was left open";
      client.stream.reset();
    }
    net.run_now();
  }

  TestClient& connect(std::string_view text = {}) {
    TestClient& client = clients.emplace_back();
    client.stream = listener->arrive();
    net.actors().spawn(read_on(client));
    if (!text.empty()) send(client, text);
    return client;
  }
  // A client that reads nothing.
  TestClient& connect_deaf(std::string_view text) {
    TestClient& client = clients.emplace_back();
    client.stream = listener->arrive();
    send(client, text);
    return client;
  }
  static void send(TestClient& client, std::string_view text) { EXPECT_EQ(client.stream->write_without_waiting(text), text.size()); }

  // Everything that a client receives who sends `text`, and whether its connection then ends.
  std::string answer_to(std::string_view text, bool ends) {
    TestClient& client = connect(text);
    net.run_now();
    net.run_for(1100ms);
    EXPECT_EQ(client.end.has_value(), ends) << text;
    return client.received;
  }

  Task<void> read_on(TestClient& client) {
    while (!client.end) {
      Result<Buffer> came = co_await client.stream->read(net.own_buffers(), Deadline::never());
      if (came) {
        client.received += came->view();
      } else {
        client.end = came.error().code;
        client.ended_at = net.clock().now();
      }
    }
  }

  NetworkStage net;
  RequestHandler handler = [this](const ServedRequest& request) {
    ++handled;
    return ServedAnswer{.body = fmt::format("{} {}{} [{}]", request.head.method_text, request.head.path, request.head.query, request.body)};
  };
  HttpServer server;
  MemoryListener* listener;
  std::list<TestClient> clients;
  int handled = 0;
};

std::string ok(std::string_view body, std::string_view connection = {}) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n{}\r\n{}",
      body.size(), connection, body);
}

std::string problem(std::uint16_t status, std::string_view title) {
  const std::string body = fmt::format("{{\"type\":\"about:blank\",\"title\":\"{}\",\"status\":{}}}\n", title, status);
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
      status, title, body.size(), body);
}

TEST(HttpServer, AnswersWholeRequestsOnOneConnection) {
  ServerStage stage;
  TestClient& client = stage.connect(kGet);
  stage.net.run_now();
  EXPECT_EQ(client.received, ok("GET /a []"));
  stage.send(client, "POST /b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  stage.net.run_now();
  EXPECT_EQ(client.received, ok("GET /a []") + ok("POST /b?c [hello]"));
  EXPECT_FALSE(client.end);
}

TEST(HttpServer, TellsTheHandlerWhoAndWhat) {
  ServerStage stage;
  stage.handler = [](const ServedRequest& request) {
    std::array<char, Peer::kMostText> peer{};
    const std::size_t size = request.peer.write(peer.data());
    return ServedAnswer{.body = fmt::format("{} {} {} '{}'", request.head.host, std::string_view(peer.data(), size),
                                            request.field("authorization"), request.field("x-none"))};
  };
  EXPECT_EQ(stage.answer_to("GET / HTTP/1.1\r\nHost: app\r\nAUTHORIZATION: Bearer x\r\n\r\n", false), ok("app 192.0.2.1 Bearer x ''"));
}

// One behind the other, however they are cut.
TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  const std::string requests =
      std::string(kGet) + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\none" +
      "\r\nPOST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1;x=y\r\no\r\n0\r\nX-Sum: 1\r\n\r\n" +
      "GET /d HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string answers = ok("GET /a []") + ok("POST /b [one]") + ok("POST /c [two]") + ok("GET /d []", "Connection: close\r\n");
  for (std::size_t cut = 0; cut < requests.size(); ++cut) {
    ServerStage stage;
    TestClient& client = stage.connect(requests.substr(0, cut));
    stage.net.run_now();
    if (!client.end) stage.send(client, requests.substr(cut));
    stage.net.run_for(1100ms);
    ASSERT_EQ(client.received, answers) << cut;
    ASSERT_EQ(client.end, ErrorCode::end_of_stream) << cut;
  }
}

TEST(HttpServer, ManyPipelinedRequestsLeaveOthersTheirTurns) {
  ServerStage stage;
  std::string many;
  for (int i = 0; i < 1000; ++i) many += kGet;
  TestClient& greedy = stage.connect(many);
  TestClient& modest = stage.connect(kGet);
  for (int turns = 0; turns < 10; ++turns) stage.net.reactor().turn();
  EXPECT_EQ(modest.received, ok("GET /a []"));
  EXPECT_LT(stage.handled, 500);
  stage.net.run_now();
  EXPECT_EQ(stage.handled, 1001);
  EXPECT_EQ(greedy.received.size(), 1000 * ok("GET /a []").size());
}

TEST(HttpServer, AHeadRequestGetsNoBody) {
  ServerStage stage;
  const std::string whole = ok("HEAD /a []");
  EXPECT_EQ(stage.answer_to("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n", false), whole.substr(0, whole.find("\r\n\r\n") + 4));
}

TEST(HttpServer, AnswersWithoutABodyHaveNone) {
  ServerStage stage;
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    stage.handler = [status](const ServedRequest&) { return ServedAnswer{.status = status, .body = "never"}; };
    const std::string answer = stage.answer_to(kGet, false);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << answer;
  }
}

TEST(HttpServer, ClosesWhereTheClientSaysSo) {
  ServerStage stage;
  EXPECT_EQ(stage.answer_to("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", true), ok("GET /a []", "Connection: close\r\n"));
  EXPECT_EQ(stage.answer_to("GET /a HTTP/1.0\r\n\r\n", true), ok("GET /a []", "Connection: close\r\n"));
  EXPECT_EQ(stage.answer_to("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false), ok("GET /a []", "Connection: keep-alive\r\n"));
}

TEST(HttpServer, RefusesWhatIsMalformedAndCloses) {
  struct Row {
    std::string request;
    std::string answer;
  };
  const Row rows[] = {
      {"GET /a\r\n\r\n", problem(400, "Bad Request")},
      {"GET /a HTTP/1.1\r\n\r\n", problem(400, "Bad Request")},
      {"GET /a HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", problem(400, "Bad Request")},
      {"GET /../a HTTP/1.1\r\nHost: a\r\n\r\n", problem(400, "Bad Request")},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", problem(400, "Bad Request")},
      {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", problem(400, "Bad Request")},
      {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", problem(501, "Not Implemented")},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: more\r\n\r\n{}", problem(417, "Expectation Failed")},
      {"GET /a HTTP/2.0\r\nHost: a\r\n\r\n", problem(505, "HTTP Version Not Supported")},
      {"GET /" + std::string(40'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", problem(414, "URI Too Long")},
      {"GET /a HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'a') + "\r\n\r\n", problem(431, "Request Header Fields Too Large")},
  };
  for (const Row& row : rows) {
    ServerStage stage;
    EXPECT_EQ(stage.answer_to(row.request, true), row.answer) << row.request.substr(0, 100);
    EXPECT_EQ(stage.handled, 0);
    EXPECT_EQ(stage.clients.front().end, ErrorCode::end_of_stream);  // and no reset, which might overtake the answer
  }
}

TEST(HttpServer, BodiesAreHeldToABound) {
  const std::string longest(HttpServer::kLongestBody, 'b');
  const auto with_length = [](std::size_t length) {
    return fmt::format("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", length);
  };
  const std::string chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  ServerStage stage;
  stage.net.network().set_capacity(256 * 1024);
  EXPECT_EQ(stage.answer_to(with_length(longest.size()) + longest, false), ok(fmt::format("POST /a [{}]", longest)));
  EXPECT_EQ(stage.answer_to(chunked + fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", longest.size(), longest), false),
            ok(fmt::format("POST /a [{}]", longest)));
  EXPECT_EQ(stage.handled, 2);
  EXPECT_EQ(stage.answer_to(with_length(longest.size() + 1), true), problem(413, "Content Too Large"));  // as soon as it is announced
  EXPECT_EQ(stage.answer_to(chunked + fmt::format("{:x}\r\n{}\r\n1\r\nb\r\n0\r\n\r\n", longest.size(), longest), true),
            problem(413, "Content Too Large"));
  EXPECT_EQ(stage.handled, 2);
}

// The rest of such a body is taken and dropped, so that its sender sees the answer.
TEST(HttpServer, WhoIsRefusedInTheMiddleOfSendingSeesTheAnswer) {
  ServerStage stage;
  TestClient& client = stage.connect("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  stage.net.run_now();
  stage.send(client, std::string(50'000, 'x'));
  stage.net.run_now();
  client.stream->shutdown_write();
  stage.net.run_now();
  EXPECT_EQ(client.received, problem(413, "Content Too Large"));
  EXPECT_EQ(client.end, ErrorCode::end_of_stream);
  EXPECT_EQ(stage.server.connections(), 0u);
}

TEST(HttpServer, SaysContinueToWhoWaitsForIt) {
  ServerStage stage;
  TestClient& client = stage.connect("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  stage.net.run_now();
  EXPECT_EQ(client.received, "HTTP/1.1 100 Continue\r\n\r\n");
  stage.send(client, "hello");
  stage.net.run_now();
  EXPECT_EQ(client.received, "HTTP/1.1 100 Continue\r\n\r\n" + ok("POST /a [hello]"));
  EXPECT_EQ(stage.answer_to("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello", false),
            ok("POST /a [hello]"));
  EXPECT_EQ(stage.answer_to("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nExpect: 100-continue\r\n\r\n", true),
            problem(413, "Content Too Large"));
}

TEST(HttpServer, HandlersAddFieldsButCannotSplitTheHead) {
  ServerStage stage;
  std::pair<std::string, std::string> field;
  stage.handler = [&field](const ServedRequest&) { return ServedAnswer{.body = "{}", .fields = {field}}; };
  field = {"Retry-After", "1"};
  EXPECT_EQ(stage.answer_to(kGet, false), ok("{}", "Retry-After: 1\r\n"));
  const std::pair<std::string, std::string> bad[] = {{"X", "a\r\nSet-Cookie: b"},
                                                     {"X", "a\n"},
                                                     {"X", std::string("a\0b", 3)},
                                                     {"X: y", "a"},
                                                     {"", "a"},
                                                     {"Content-Length", "1"},
                                                     {"connection", "close"},
                                                     {"Transfer-Encoding", "chunked"}};
  for (const auto& one : bad) {
    field = one;
    EXPECT_TRUE(stage.answer_to(kGet, false).starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << one.first;
  }
  for (const ServedAnswer& answer : {ServedAnswer{.status = 99}, ServedAnswer{.status = 100}, ServedAnswer{.content_type = "a\r\nb: c"}}) {
    stage.handler = [&answer](const ServedRequest&) { return answer; };
    EXPECT_TRUE(stage.answer_to(kGet, false).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  }
}

// From now until the client's connection ended.
Duration time_until_end(ServerStage& stage, const TestClient& client) {
  const TimePoint before = stage.net.clock().now();
  stage.net.run_for(200s);
  EXPECT_TRUE(client.end);
  return client.ended_at - before;
}

void expect_at(Duration took, Duration deadline) {
  EXPECT_GE(took, deadline);
  EXPECT_LE(took, deadline + 1100ms);  // it may linger
}

TEST(HttpServerDeadline, OfASilentClient) {
  ServerStage stage;
  TestClient& fresh = stage.connect();
  expect_at(time_until_end(stage, fresh), HttpServer::kHeadTime);
  EXPECT_EQ(fresh.received, "");
  TestClient& idle = stage.connect(kGet);
  stage.net.run_now();
  expect_at(time_until_end(stage, idle), HttpServer::kIdleTime);
  EXPECT_EQ(idle.received, ok("GET /a []"));
}

TEST(HttpServerDeadline, OfASlowHeadOrBodyIsMovedByNothing) {
  for (const std::string_view begun : {"GET /a HTTP/1.1\r\nX: ", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n",
                                       "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x="}) {
    ServerStage stage;
    TestClient& client = stage.connect(begun);
    const TimePoint before = stage.net.clock().now();
    while (!client.end && client.received.empty() && stage.net.clock().now() < before + 60s) {
      stage.net.run_for(500ms);
      if (client.received.empty()) stage.send(client, "a");
    }
    stage.net.run_for(2s);
    ASSERT_TRUE(client.end) << begun;
    expect_at(client.ended_at - before, HttpServer::kHeadTime);
    EXPECT_EQ(client.received, problem(408, "Request Timeout")) << begun;
  }
}

// One that takes nothing is reset, and its neighbours do not notice it.
TEST(HttpServerDeadline, OfAClientThatDoesNotRead) {
  ServerStage stage;
  stage.handler = [](const ServedRequest&) { return ServedAnswer{.body = std::string(1'000'000, 'x')}; };
  TestClient& deaf = stage.connect_deaf(kGet);
  stage.net.run_now();
  EXPECT_EQ(stage.server.connections(), 1u);
  TestClient& other = stage.connect(kGet);
  stage.net.run_now();
  EXPECT_GT(other.received.size(), 1'000'000u);
  stage.net.run_for(HttpServer::kSendTime + 100ms);
  EXPECT_EQ(stage.server.connections(), 1u);
  stage.net.actors().spawn(stage.read_on(deaf));
  stage.net.run_now();
  EXPECT_EQ(deaf.end, ErrorCode::reset);
}

// Taking a little now and then is not taking it.
TEST(HttpServerDeadline, OfAClientThatReadsDropByDrop) {
  ServerStage stage;
  stage.net.network().set_capacity(16 * 1024);
  stage.handler = [](const ServedRequest&) { return ServedAnswer{.body = std::string(1'000'000, 'x')}; };
  TestClient& slow = stage.connect_deaf(kGet);
  BufferPool drops(64);
  stage.net.run_now();
  EXPECT_EQ(stage.server.connections(), 1u);
  for (int seconds = 0; seconds < 12; ++seconds) {
    stage.net.run_for(1s);
    slow.stream->set_ready(Readiness::readable);
    const Result<Buffer> drop = slow.stream->read_now(drops);
    EXPECT_EQ(drop && *drop, seconds < 9) << seconds;
  }
  EXPECT_EQ(stage.server.connections(), 0u);
  slow.stream.reset();
}

TEST(HttpServerConnections, TheOneIdleForLongestGivesWay) {
  ServerStage stage;
  std::vector<TestClient*> idle;
  for (std::size_t i = 0; i < HttpServer::kMostConnections; ++i) {
    idle.push_back(&stage.connect(kGet));
    stage.net.run_for(10ms);
  }
  stage.send(*idle[0], kGet);  // so the second is idle for longest
  stage.net.run_for(10ms);
  EXPECT_EQ(stage.server.connections(), HttpServer::kMostConnections);
  TestClient& late = stage.connect(kGet);
  stage.net.run_now();
  EXPECT_EQ(late.received, ok("GET /a []"));
  EXPECT_EQ(stage.server.connections(), HttpServer::kMostConnections);
  for (std::size_t i = 0; i < idle.size(); ++i) EXPECT_EQ(idle[i]->end.has_value(), i == 1) << i;
}

// So nobody shuts others out by sending requests byte by byte.
TEST(HttpServerConnections, WhoHasNotSentAWholeRequestGivesWay) {
  ServerStage stage;
  std::vector<TestClient*> slow;
  for (std::size_t i = 0; i < HttpServer::kMostConnections; ++i) {
    slow.push_back(&stage.connect("GET /a HTTP/1.1\r\nHo"));
    stage.net.run_for(10ms);
  }
  TestClient& late = stage.connect(kGet);
  stage.net.run_now();
  EXPECT_EQ(late.received, ok("GET /a []"));
  EXPECT_EQ(stage.server.connections(), HttpServer::kMostConnections);
  for (std::size_t i = 0; i < slow.size(); ++i) EXPECT_EQ(slow[i]->end.has_value(), i == 0) << i;
  for (std::size_t i = 1; i < slow.size(); ++i) stage.send(*slow[i], "st: a\r\n\r\n");
  stage.net.run_now();
  EXPECT_EQ(stage.handled, static_cast<int>(HttpServer::kMostConnections));
}

// However many come at once, the bound holds in every turn.
TEST(HttpServerConnections, ACrowdIsHeldToTheBound) {
  ServerStage stage;
  for (int i = 0; i < 1000; ++i) stage.connect(i % 2 == 0 ? kGet : std::string_view{});
  for (int turns = 0; turns < 5000; ++turns) {
    ASSERT_LE(stage.server.connections(), HttpServer::kMostConnections);
    if (!stage.net.network().run_now(1)) continue;
    break;
  }
  std::size_t open = 0;
  for (const TestClient& client : stage.clients) open += client.end ? 0 : 1;
  EXPECT_EQ(open, HttpServer::kMostConnections);
}

TEST(HttpServer, EndingEndsEveryConnectionAndAcceptsNobody) {
  ServerStage stage;
  stage.handler = [](const ServedRequest&) { return ServedAnswer{.body = std::string(1'000'000, 'x')}; };
  TestClient& idle = stage.connect();
  TestClient& slow = stage.connect("GET /a HTTP/1.1\r\nHo");
  stage.connect_deaf(kGet);
  stage.net.run_now();
  EXPECT_EQ(stage.server.connections(), 3u);
  auto late = stage.listener->arrive();
  stage.server.end();
  stage.net.run_now();
  EXPECT_EQ(stage.server.connections(), 0u);
  EXPECT_TRUE(idle.end);
  EXPECT_TRUE(slow.end);
  stage.clients.back().stream.reset();
}

// Each story with its N-th operation failing, for every N: what a client receives is a beginning of what it should, and nothing is left.
TEST(HttpServerFailures, LeaveNothingBehindAndMixNothing) {
  struct Story {
    std::string_view name;
    std::string requests;
    std::string answers;
  };
  const std::string large(40'000, 'b');
  const std::string post = fmt::format("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", large.size(), large);
  const std::string awaited =
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
  const Story stories[] = {
      {"two gets", std::string(kGet) + std::string(kGet), ok("GET /a []") + ok("GET /a []")},
      {"a large post", post, ok(fmt::format("POST /b [{}]", large))},
      {"a chunked post", awaited, ok("POST /a [hello]")},
      {"a refusal", "GET /a HTTP/1.1\r\n\r\nand what is behind", problem(400, "Bad Request")},
      {"the last", "GET /a HTTP/1.0\r\n\r\n", ok("GET /a []", "Connection: close\r\n")},
  };
  for (const Story& story : stories) {
    for (const Fault fault : {Fault::reset, Fault::end, Fault::trickle}) {
      std::uint64_t operations = 1;
      for (std::uint64_t failing = 0; failing <= operations; ++failing) {
        SCOPED_TRACE(fmt::format("{}, fault {}, operation {}", story.name, static_cast<int>(fault), failing));
        ServerStage stage;
        stage.net.network().fail_operation(failing, fault);
        TestClient& client = stage.connect(story.requests.substr(0, story.requests.size() / 2));
        stage.net.run_now();
        static_cast<void>(client.stream->write_without_waiting(story.requests.substr(story.requests.size() / 2)));
        stage.net.run_for(200s);
        EXPECT_TRUE(client.end) << "the connection hangs";
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        if (client.received.starts_with(kContinue)) client.received.erase(0, kContinue.size());
        const bool cut_off = failing != 0 && fault != Fault::trickle;
        if (client.received != story.answers && !client.received.starts_with("HTTP/1.1 408 ")) {
          EXPECT_TRUE(cut_off && story.answers.starts_with(client.received)) << client.received.substr(0, 300);
        }
        if (failing == 0) operations = stage.net.network().operations();
        if (testing::Test::HasFailure()) return;
      }
      EXPECT_GE(operations, 4u);
    }
  }
}

}  // namespace
}  // namespace rota::test
