// Several clients at once on instances of which each answer may be any of the hostile ones, in any pieces, at any time: a client never gets a byte that was said
// to another one, nothing is done twice, and nothing is left.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/rng.h"
#include "tests/component/hostile_answers.h"
#include "tests/component/proxy_stage.h"
#include "tests/component/received_answers.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kLetters = "QWZV";  // one a client; no digits of a chunk's size, and nowhere else in an answer
constexpr int kRequests = 4;

// All but those that are whole and go on behind their end: what comes of that when the next request is under way is its answer, on any kept connection.
std::vector<HostileAnswer> make_answers_without_strays() {
  std::vector<HostileAnswer> rows = hostile::all();
  std::erase_if(rows, [](const HostileAnswer& row) {
    return row.says.size() > 2000 || (row.to_get == Verdict::whole && (row.says.contains("POISON") || row.name.contains("CRLF")));
  });
  for (int i = 0; i < 60; ++i) rows.push_back(hostile::whole("a good one", hostile::kTwo));
  return rows;
}

const HostileAnswer& some_answer(Rng& rng) {
  static const std::vector<HostileAnswer> answers = make_answers_without_strays();
  return answers[rng.below(answers.size())];
}

Task<void> pause(ProxyStage& stage, Duration time) { co_await stage.reactor().sleep_until(Deadline::after(stage.reactor().now(), time)); }

// Sometimes later than anybody waits for it: an answer that comes behind its 504 must not be the next one's.
Task<bool> say_in_pieces(ProxyStage& stage, Stream& stream, std::string text, Rng& rng) {
  while (!text.empty()) {
    if (rng.below(16) == 0) co_await pause(stage, 61s);
    const std::size_t size = rng.below(3) == 0 ? 1 + rng.below(text.size()) : text.size();
    const bool written = co_await write_text(stream, text.substr(0, size));
    if (!written) co_return false;
    text.erase(0, size);
    if (rng.below(2) == 0) co_await stage.reactor().next_turn();
    if (rng.below(8) == 0) co_await pause(stage, 20ms);
  }
  co_return true;
}

Task<void> serve(ProxyStage& stage, std::size_t instance, std::unique_ptr<Stream> stream, Rng& rng) {
  std::string rest;
  Seen seen{.head = {}, .body = {}, .instance = instance};
  for (;;) {
    const bool whole = co_await read_request(stage, *stream, rest, seen);
    if (!whole) co_return;
    stage.seen.push_back(seen);
    const HostileAnswer& row = some_answer(rng);
    std::string says = row.says;
    std::ranges::replace(says, '@', seen.head[seen.head.find("X-Id: ") + 6]);
    const bool said = co_await say_in_pieces(stage, *stream, std::move(says), rng);
    if (!said) co_return;
    if (row.then == Then::reset) stream->reset_on_close();
    if (row.then == Then::half_close) {
      stream->shutdown_write();
      for (bool more = true; more;) more = co_await read_some(stage, *stream, rest);
    }
    if (row.then != Then::stay) co_return;
  }
}

std::vector<std::string> requests_of(char letter, Rng& rng) {
  std::string text;
  for (int i = 0; i < kRequests; ++i) {
    const bool posts = rng.below(2) == 0;
    text += fmt::format("{} /{}{} HTTP/1.1\r\nHost: a\r\nX-Id: {}\r\n", posts ? "POST" : "GET", letter, i, letter);
    text += posts ? "Content-Length: 4\r\n\r\nbody" : "\r\n";
  }
  std::vector<std::string> pieces;
  while (!text.empty()) {
    const std::size_t size = 1 + rng.below(text.size());
    pieces.push_back(text.substr(0, size));
    text.erase(0, size);
  }
  return pieces;
}

void expect_own_alone(const std::string& received, char letter, std::optional<ErrorCode> end) {
  EXPECT_FALSE(received.contains("POISON")) << received;
  const Received answers = read_answers(received, "GET", end);
  std::vector<ReceivedAnswer> all = answers.interims;
  all.insert(all.end(), answers.finals.begin(), answers.finals.end());
  for (const ReceivedAnswer& answer : all) {
    if (answer.is_rotas()) continue;
    const std::string_view id = answer.field("X-Id");
    EXPECT_TRUE(id.empty() || id == std::string_view(&letter, 1)) << "another client's head: " << answer.head;
    EXPECT_EQ(answer.body.find_first_not_of(letter), std::string::npos) << "another client's body: " << answer.body;
  }
}

TEST(HostileCrowd, GetsOnlyWhatWasSaidToEachOfThem) {
  int whole = 0;
  int told = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    Rng rng(seed);
    ProxyStage stage(2);
    stage.play([&rng](ProxyStage& on, std::size_t instance, std::unique_ptr<Stream> stream) {
      return serve(on, instance, std::move(stream), rng);
    });
    std::vector<std::size_t> clients;
    for (const char letter : kLetters) clients.push_back(stage.add_client(requests_of(letter, rng)));
    stage.run();
    for (std::size_t i = 0; i < clients.size(); ++i) {
      ASSERT_TRUE(stage.has_ended(clients[i])) << "a client was left hanging";
      expect_own_alone(stage.received(clients[i]), kLetters[i], stage.end_of(clients[i]));
      for (const ReceivedAnswer& answer : read_answers(stage.received(clients[i]), "GET", stage.end_of(clients[i])).finals) {
        ++(answer.is_rotas() ? told : whole);
      }
    }
    std::map<std::string, int> posts;
    for (const Seen& seen : stage.seen) {
      if (seen.head.starts_with("POST ")) EXPECT_EQ(++posts[seen.head.substr(0, seen.head.find(" HTTP/"))], 1) << "sent twice";
    }
    stage.finish();
    if (HasFailure()) return;
  }
  fmt::print("{} answers of instances, {} of rota's own\n", whole, told);
  EXPECT_GT(whole, 1000);
  EXPECT_GT(told, 1000);
}

}  // namespace
}  // namespace rota::test
