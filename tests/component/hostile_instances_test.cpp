// An instance that lies, floods, stalls or breaks off: its client is told so or sees it, whoever comes next gets only its own, and nothing is left behind.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tests/component/hostile_answers.h"
#include "tests/component/proxy_stage.h"
#include "tests/component/received_answers.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

// Letters of three requests: they are no digits of a chunk's size, and stand nowhere else in an answer.
constexpr char kFirst = 'Q';
constexpr char kBehind = 'W';
constexpr char kNext = 'Z';

struct Ask {
  std::string_view name;
  std::string_view method;
  std::string_view head;  // from its version to its end, without the Id
  std::string_view body;  // in two pieces, with a turn between them
};

constexpr std::array kAsks{
    Ask{"GET", "GET", "HTTP/1.1\r\nHost: a\r\n", ""},
    Ask{"HEAD", "HEAD", "HTTP/1.1\r\nHost: a\r\n", ""},
    Ask{"POST with a length", "POST", "HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n", "12345678"},
    Ask{"POST in chunks", "POST", "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n", "4\r\n1234\r\n0\r\n\r\n"},
    Ask{"GET of an old client", "GET", "HTTP/1.0\r\n", ""},
};
constexpr const Ask& kGet = kAsks[0];
constexpr const Ask& kHead = kAsks[1];
constexpr const Ask& kOldGet = kAsks[4];

std::string head_of(const Ask& ask, char letter) { return fmt::format("{} / {}X-Id: {}\r\n\r\n", ask.method, ask.head, letter); }

std::vector<std::string> pieces_of(const Ask& ask, char letter) {
  const std::size_t half = ask.body.size() / 2;
  return {head_of(ask, letter) + std::string(ask.body.substr(0, half)), std::string(ask.body.substr(half))};
}

enum class When : std::uint8_t { asked, head_is_there, connected };

// How the first connection of the instance goes.
struct Scene {
  std::vector<std::string> says;  // one piece a turn, or a pause
  Then then = Then::stay;
  When when = When::asked;
  Duration pause{};            // between two pieces
  Duration before_end{};       // between the last piece and what `then` says
  bool second_behind = false;  // the client sends another request at once
  bool over = false;           // all of it has been said
  int connections = 0;
};

std::string with_letter(std::string text, char letter) {
  std::ranges::replace(text, '@', letter);
  return text;
}

Task<void> wait(ProxyStage& stage, Duration pause) {
  co_await stage.reactor().next_turn();
  if (pause > Duration::zero()) co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), pause));
}

Task<void> serve_well(ProxyStage& stage, Stream& stream, std::string& rest) {
  Seen seen{.head = {}, .body = {}, .instance = 0};
  for (;;) {
    const bool whole = co_await read_request(stage, stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const bool written = co_await write_text(stream, with_letter(hostile::kTwo, seen.head[seen.head.find("X-Id: ") + 6]));
    if (!written) co_return;
  }
}

// Only the first connection is hostile. Where rota goes on using it, it is answered well, behind whatever was said.
Task<void> serve(ProxyStage& stage, std::unique_ptr<Stream> stream, Scene& scene) {
  std::string rest;
  if (scene.connections++ > 0) co_return co_await serve_well(stage, *stream, rest);

  Seen seen{.head = {}, .body = {}, .instance = 0};
  if (scene.when == When::asked) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
  }
  while (scene.when == When::head_is_there && rest.find("\r\n\r\n") == std::string::npos) {
    const bool more = co_await read_some(stage, *stream, rest);
    if (!more) co_return;
  }
  for (std::size_t i = 0; i < scene.says.size(); ++i) {
    if (i > 0) co_await wait(stage, scene.pause);
    const bool written = co_await write_text(*stream, with_letter(scene.says[i], kFirst));
    if (!written) break;
  }
  if (scene.then != Then::stay && scene.before_end > Duration::zero()) co_await wait(stage, scene.before_end);
  scene.over = true;
  if (scene.then == Then::reset) stream->reset_on_close();
  if (scene.then == Then::reset || scene.then == Then::close) co_return;
  if (scene.then == Then::half_close) {
    stream->shutdown_write();
    for (bool more = true; more;) more = co_await read_some(stage, *stream, rest);
    co_return;
  }
  if (scene.when != When::asked) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
  }
  co_await serve_well(stage, *stream, rest);
}

// To its end, in this request's own letters alone.
void expect_own(const ReceivedAnswer& answer, char letter) {
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.field("X-Id"), std::string_view(&letter, 1)) << answer.head;
  EXPECT_EQ(answer.body.find_first_not_of(letter), std::string::npos) << answer.body;
}

void expect_verdict(const ReceivedAnswer& answer, char letter, Verdict verdict) {
  if (verdict == Verdict::whole || (verdict == Verdict::any && !answer.is_rotas())) {
    EXPECT_FALSE(answer.is_rotas());
    return expect_own(answer, letter);
  }
  if (answer.is_rotas()) {
    EXPECT_TRUE(answer.whole);
    EXPECT_TRUE(answer.status == 502 || answer.status == 504) << answer.status;
    return;
  }
  EXPECT_EQ(verdict, Verdict::bad) << "no answer of rota's own, but " << answer.head;
  EXPECT_FALSE(answer.whole) << "it passed for whole";
  EXPECT_EQ(answer.body.find_first_not_of(letter), std::string::npos) << answer.body;
}

// Plays it, with another client behind it, and checks all that both get.
void play(Scene scene, const Ask& ask, Verdict verdict) {
  ProxyStage stage(1);
  stage.play([&scene](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return serve(on, std::move(stream), scene); });
  std::vector<std::string> pieces = pieces_of(ask, kFirst);
  if (scene.second_behind) pieces.back() += head_of(kGet, kBehind);
  const std::size_t first = stage.add_client(std::move(pieces));
  const auto read_first = [&] {
    return read_answers(stage.received(first), ask.method, stage.has_ended(first) ? std::optional(stage.end_of(first)) : std::nullopt);
  };
  const std::size_t awaited = scene.second_behind ? 2 : 1;
  stage.run_until([&] {
    if (!scene.over || stage.has_ended(first)) return scene.over;
    const Received received = read_first();
    return received.finals.size() >= awaited && received.finals.back().whole;
  });
  const std::size_t next = stage.add_client({head_of(kGet, kNext)});
  stage.run();

  ASSERT_TRUE(stage.has_ended(first) && stage.has_ended(next)) << "a client was left hanging";
  const Received received = read_first();
  if (received.finals.empty()) {  // a reset may overtake what was sent before it
    EXPECT_TRUE(verdict != Verdict::whole && stage.end_of(first) == ErrorCode::reset) << "closed without a word";
  } else {
    expect_verdict(received.finals[0], kFirst, verdict);
  }
  for (const ReceivedAnswer& interim : received.interims) {
    EXPECT_TRUE(interim.field("X-Id").empty() || interim.field("X-Id")[0] == kFirst) << interim.head;
  }
  EXPECT_LE(received.interims.size(), 16u);
  const auto goes_on_behind = [&](const ReceivedAnswer& answer) {
    return answer.whole && answer.field("Connection") != "close" && ask.head != kOldGet.head;
  };
  const bool goes_on = scene.second_behind && !received.finals.empty() && goes_on_behind(received.finals[0]);
  EXPECT_LE(received.finals.size(), goes_on ? 2u : 1u) << stage.received(first);
  if (goes_on) {
    ASSERT_EQ(received.finals.size(), 2u) << stage.received(first);
    expect_own(received.finals[1], kBehind);
  }
  EXPECT_EQ(stage.received(first).find("POISON"), std::string::npos) << stage.received(first);

  const Received others = read_answers(stage.received(next), "GET", stage.end_of(next));
  ASSERT_EQ(others.finals.size(), 1u) << stage.received(next);
  expect_own(others.finals[0], kNext);
  EXPECT_TRUE(others.interims.empty());
  EXPECT_LE(std::ranges::count_if(stage.seen, [](const Seen& seen) { return seen.head.starts_with("POST "); }), 1) << "it was sent twice";
  const bool is_dirty = std::ranges::any_of(scene.says, [](const std::string& text) { return text.contains("POISON"); });
  if (is_dirty) EXPECT_EQ(scene.connections, 2) << "a connection with more on it was used again";
  stage.finish();
}

// A reset may overtake what was said before it.
Verdict verdict_on(const HostileAnswer& row, const Ask& ask) {
  const Verdict verdict = ask.method == "HEAD" ? row.to_head : row.to_get;
  return row.then == Then::reset && verdict == Verdict::whole ? Verdict::any : verdict;
}

std::string name_of(const testing::TestParamInfo<HostileAnswer>& row) {
  std::string name = row.param.name;
  std::ranges::replace_if(name, [](char c) { return c == ' ' || c == ',' || c == '.'; }, '_');
  return name;
}

class HostileAnswers : public testing::TestWithParam<HostileAnswer> {};

TEST_P(HostileAnswers, AreToldOrSeenWheneverTheyComeAndTheNextGetsOnlyItsOwn) {
  const HostileAnswer& row = GetParam();
  for (const Ask& ask : kAsks) {
    for (const When when : {When::asked, When::head_is_there, When::connected}) {
      // Who closes with a request unread resets, and that may overtake what was said.
      if (when != When::asked && verdict_on(row, ask) == Verdict::whole && row.then != Then::stay) continue;
      for (const bool second_behind : {false, true}) {
        for (const Duration before_end : {Duration{0s}, Duration{1s}}) {
          SCOPED_TRACE(fmt::format("'{}' to {}, when {}, {} behind, end after {} s", row.name, ask.name, static_cast<int>(when),
                                   second_behind, before_end / 1s));
          play({.says = {row.says}, .then = row.then, .when = when, .before_end = before_end, .second_behind = second_behind}, ask,
               verdict_on(row, ask));
          if (HasFailure()) return;
        }
      }
    }
  }
}

// What came of it first may have been passed on before the rest shows what it is.
Verdict in_pieces(Verdict verdict) { return verdict == Verdict::refused ? Verdict::bad : verdict; }

TEST_P(HostileAnswers, AreTheSameSplitAtAnyByte) {
  const HostileAnswer& row = GetParam();
  const std::size_t end = row.says.size() > 5000 ? 50 : row.says.size();  // the long ones are all alike further on
  for (std::size_t at = 1; at < end; ++at) {
    for (const Ask* ask : {&kGet, &kHead}) {
      SCOPED_TRACE(fmt::format("'{}' to {}, split at {}", row.name, ask->name, at));
      play({.says = {row.says.substr(0, at), row.says.substr(at)}, .then = row.then}, *ask, in_pieces(verdict_on(row, *ask)));
      if (HasFailure()) return;
    }
  }
}

TEST_P(HostileAnswers, AreTheSameByteByByte) {
  const HostileAnswer& row = GetParam();
  std::vector<std::string> bytes;
  for (const char byte : row.says.substr(0, 200)) bytes.emplace_back(1, byte);
  if (bytes.size() == 200) return;  // it would be another answer
  for (const Ask& ask : kAsks) {
    SCOPED_TRACE(fmt::format("'{}' to {}", row.name, ask.name));
    play({.says = bytes, .then = row.then, .pause = 20ms}, ask, in_pieces(verdict_on(row, ask)));
    if (HasFailure()) return;
  }
}

// ---- good answers that break off

struct GoodAnswer {
  std::string_view name;
  std::string head;
  std::string body;
  bool ends_with_its_connection = false;

  std::string all() const { return head + body; }
};

const std::vector<GoodAnswer>& good_answers() {
  static const std::vector<GoodAnswer> answers{
      {"with a length", hostile::kOk + "Content-Length: 8\r\n\r\n", "@@@@@@@@"},
      {"with a length of nothing", hostile::kOk + "Content-Length: 0\r\n\r\n", ""},
      {"in chunks", hostile::kChunked, "3\r\n@@@\r\n2;x=\"y\"\r\n@@\r\n0\r\nX-Sum: 1\r\n\r\n"},
      {"behind interim answers", hostile::kHints + hostile::kHints + hostile::kOk + "Content-Length: 2\r\n\r\n", "@@"},
      {"without a body", "HTTP/1.1 204 No\r\nX-Id: @\r\n\r\n", ""},
      {"until its end", hostile::kOk + "\r\n", "@@@@@@@@", true},
      {"of HTTP 1.0", "HTTP/1.0 200 OK\r\nX-Id: @\r\nContent-Length: 8\r\n\r\n", "@@@@@@@@"},
  };
  return answers;
}

// What must become of it where only its first `size` bytes come. An orderly end is an end, where nothing else says how long a body is.
Verdict verdict_on_part(const GoodAnswer& answer, const Ask& ask, std::size_t size, Then then) {
  if (size < answer.head.size()) return Verdict::bad;
  const bool ends = then == Then::close || then == Then::half_close;
  const bool is_all = ask.method == "HEAD" || (answer.ends_with_its_connection ? ends : size == answer.all().size());
  if (!is_all) return Verdict::bad;
  return then == Then::reset ? Verdict::any : Verdict::whole;
}

TEST(GoodAnswer, ThatBreaksOffAtAnyByteNeverPassesForWhole) {
  for (const GoodAnswer& answer : good_answers()) {
    for (std::size_t size = 0; size <= answer.all().size(); ++size) {
      for (const Ask& ask : kAsks) {
        for (const Then then : {Then::stay, Then::close, Then::half_close, Then::reset}) {
          for (const Duration before_end : {Duration{0s}, Duration{1s}}) {
            SCOPED_TRACE(fmt::format("{} bytes of one {} to {}, then {} after {} s", size, answer.name, ask.name, static_cast<int>(then),
                                     before_end / 1s));
            play({.says = {answer.all().substr(0, size)}, .then = then, .before_end = before_end}, ask,
                 verdict_on_part(answer, ask, size, then));
            if (HasFailure()) return;
          }
        }
      }
    }
  }
}

// ---- connections that rest

struct Stray {
  std::string_view name;
  std::string_view says;
  Then then = Then::stay;
};

constexpr std::array kStrays{
    Stray{"a byte", "x"},
    Stray{"an empty line", "\r\n"},
    Stray{"an answer", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON"},
    Stray{"an interim answer", "HTTP/1.1 103 POISON\r\n\r\n"},
    Stray{"a timeout and an end", "HTTP/1.1 408 POISON\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", Then::close},
    Stray{"an end", "", Then::close},
    Stray{"half an end", "", Then::half_close},
    Stray{"a reset", "", Then::reset},
};

// The instance's end of a connection that the test itself plays.
struct Held {
  std::unique_ptr<Stream> stream;
  int connections = 0;
};

Task<void> serve_once_then_hold(ProxyStage& stage, std::unique_ptr<Stream> stream, Held& held) {
  std::string rest;
  if (held.connections++ > 0) co_return co_await serve_well(stage, *stream, rest);
  Seen seen{.head = {}, .body = {}, .instance = 0};
  co_await read_request(stage, *stream, rest, seen);
  co_await write_text(*stream, with_letter(hostile::kTwo, kFirst));
  held.stream = std::move(stream);
}

void disturb(Held& held, const Stray& stray) {
  if (!stray.says.empty()) held.stream->write_without_waiting(stray.says);
  if (stray.then == Then::half_close) held.stream->shutdown_write();
  if (stray.then == Then::reset) held.stream->reset_on_close();
  if (stray.then == Then::close || stray.then == Then::reset) held.stream.reset();
}

// Something comes on a connection that has answered one request, `gap` turns before the next request comes to rota, or in the same turn.
void play_stray(const Stray& stray, int rested, int gap, bool request_first) {
  Held held;
  ProxyStage stage(1);
  stage.play(
      [&held](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return serve_once_then_hold(on, std::move(stream), held); });
  const std::size_t first = stage.add_client({head_of(kGet, kFirst)});
  const std::size_t next = stage.add_client({});
  stage.run_until_received(first, "\r\n\r\nQQ");
  for (int i = 0; i < rested; ++i) stage.reactor().turn();
  if (request_first) stage.send(next, head_of(kGet, kNext));
  disturb(held, stray);
  for (int i = 0; i < gap; ++i) stage.reactor().turn();
  if (!request_first) stage.send(next, head_of(kGet, kNext));
  stage.run();
  const Received received = read_answers(stage.received(next), "GET", stage.end_of(next));
  ASSERT_EQ(received.finals.size(), 1u) << stage.received(next);
  expect_own(received.finals[0], kNext);
  EXPECT_TRUE(received.interims.empty());
  EXPECT_EQ(stage.received(first).find("POISON"), std::string::npos);
  EXPECT_EQ(held.connections, 2);
  held.stream.reset();
  stage.finish();
}

TEST(RestingConnection, IsNeverTakenWhereAnythingHasComeOnIt) {
  for (const Stray& stray : kStrays) {
    for (int rested = 0; rested < 4; ++rested) {
      for (int gap = 0; gap < 4; ++gap) {
        for (const bool request_first : {false, true}) {
          if (request_first && gap != 0) continue;  // then the request would be there before it
          SCOPED_TRACE(fmt::format("{} after {} turns, the request {} turns later, {} first", stray.name, rested, gap,
                                   request_first ? "the request" : "it"));
          play_stray(stray, rested, gap, request_first);
          if (HasFailure()) return;
        }
      }
    }
  }
}

// What is left where connections are kept: bytes that come when the request is already under way are its answer. They go to nobody else.
TEST(RestingConnection, GivesWhatComesTooLateToTheOneWhoAskedAndToNobodyElse) {
  Held held;
  ProxyStage stage(1);
  stage.play(
      [&held](ProxyStage& on, std::size_t, std::unique_ptr<Stream> stream) { return serve_once_then_hold(on, std::move(stream), held); });
  const std::size_t first = stage.add_client({head_of(kGet, kFirst)});
  const std::size_t next = stage.add_client({});
  stage.run_until_received(first, "\r\n\r\nQQ");
  stage.send(next, head_of(kGet, kNext));
  stage.reactor().turn();
  held.stream->write_without_waiting("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlateHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nPOISON");
  stage.run_until_received(next, "late");
  const std::size_t third = stage.add_client({head_of(kGet, kBehind)});
  stage.run();
  const Received received = read_answers(stage.received(third), "GET", stage.end_of(third));
  ASSERT_EQ(received.finals.size(), 1u);
  expect_own(received.finals[0], kBehind);
  EXPECT_EQ(stage.received(next).find("POISON"), std::string::npos);
  EXPECT_EQ(held.connections, 2);
  held.stream.reset();
}

INSTANTIATE_TEST_SUITE_P(Rows, HostileAnswers, testing::ValuesIn(hostile::all()), name_of);

}  // namespace
}  // namespace rota::test
