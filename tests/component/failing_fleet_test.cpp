// Fleets of which instances are killed, hang, answer errors, crawl and recover, by seeded schedules: no request that could have been saved is lost, no POST is
// processed twice, at most half are out for being bad, everybody comes back, and nothing is left behind. tools/mutants.py shows that these can fail.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>

#include "tests/component/fleet_model.h"
#include "tests/component/fleet_stage.h"

namespace rota::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kBack = 20s;  // the longest that anything here keeps one out that is well: breaker, hold of `slow`, probes, ramp

ServiceSettings fleet_settings(Duration response = 3s) {
  ServiceSettings settings;
  settings.health.path = "/health";
  settings.health.interval = 1s;
  settings.health.timeout = 500ms;
  settings.health.latency = 100ms;
  settings.breaker.open = 1s;
  settings.breaker.max_open = 4s;
  settings.retry.budget = 100;  // so that it is never what a request is lost by; it has a test of its own
  settings.timeouts.response = response;
  settings.slow_start = 2s;
  return settings;
}

constexpr Duration kLate = 5ms;  // what a body may be behind its head

struct Planned {
  std::size_t instance;
  Trouble trouble;
  Duration from;
  Duration length;
};

struct Plan {
  std::uint64_t seed;
  std::size_t instances;
  std::size_t clients;
  Duration thinking;  // at most, between two requests of a client
  Duration length;    // until everybody is well again
  Duration response;  // timeouts.response
  std::vector<Planned> troubles;
};

std::string text_of(const Plan& plan) {
  std::string text = fmt::format("seed {}, {} instances, {} clients:", plan.seed, plan.instances, plan.clients);
  for (const Planned& one : plan.troubles) {
    text += fmt::format("\n  {} is {} from {} to {} ms", one.instance, name_of(one.trouble), one.from / 1ms, (one.from + one.length) / 1ms);
  }
  return text;
}

Duration any(Rng& rng, Duration least, Duration most) {
  return least + Duration{static_cast<Duration::rep>(rng.below(static_cast<std::uint64_t>((most - least).count())))};
}

// One trouble an instance at a time; often several instances in the same moment.
Plan any_plan(std::uint64_t seed, std::span<const Trouble> kinds) {
  Rng rng(seed);
  Plan plan{.seed = seed,
            .instances = 3 + rng.below(3),
            .clients = 2 + rng.below(4),
            .thinking = any(rng, 40ms, 300ms),
            .length = 4s,
            .response = rng.below(2) == 0 ? 3s : 700ms,
            .troubles = {}};
  const std::size_t count = 1 + rng.below(2 * plan.instances);
  Duration from = 0s;
  for (std::size_t i = 0; i < count; ++i) {
    if (i == 0 || rng.below(3) != 0) from = any(rng, 0s, 2500ms);
    const Planned one{
        .instance = rng.below(plan.instances), .trouble = kinds[rng.below(kinds.size())], .from = from, .length = any(rng, 200ms, 3500ms)};
    const bool overlaps = std::ranges::any_of(plan.troubles, [&one](const Planned& other) {
      return other.instance == one.instance && one.from <= other.from + other.length && other.from <= one.from + one.length;
    });
    if (overlaps) continue;
    plan.length = std::max(plan.length, one.from + one.length);
    plan.troubles.push_back(one);
  }
  return plan;
}

// One plan on one fleet.
class FleetRun {
 public:
  explicit FleetRun(const Plan& plan) : FleetRun(plan, fleet_settings(plan.response)) {}
  FleetRun(const Plan& plan, const ServiceSettings& settings)
      : plan_(plan),
        stage_(plan.instances, settings, plan.seed),
        model_(stage_.instances(), {.back = kBack, .response = settings.timeouts.response, .attempts = settings.retry.attempts}),
        begun_(stage_.clock().now()) {
    for (const Planned& one : plan.troubles) actors_.spawn(make_trouble(one));
  }

  FleetStage& stage() { return stage_; }
  const std::vector<std::unique_ptr<Asked>>& asked() const { return asked_; }
  // Of those that could be saved.
  std::size_t saved() const { return saved_; }

  // Clients ask until then.
  void ask_until(Duration end) {
    for (std::size_t i = 0; i < plan_.clients; ++i) actors_.spawn(be_client(begun_ + end, plan_.seed * 100 + i));
    stage_.run_until([this] { return actors_.running() == 0; });
  }
  // One client, one request at a time.
  void ask_in_turn(std::size_t count, Verb verb) {
    actors_.spawn(ask_times(count, verb));
    stage_.run_until([this] { return actors_.running() == 0; });
  }
  // Everything that is wrong, in words.
  std::string end() {
    std::string wrong;
    for (const auto& asked : asked_) {
      const std::string complaint = model_.complaint(*asked);
      if (!complaint.empty()) wrong += fmt::format("request {} of {} ms: {}\n", asked->id, (asked->begun - begun_) / 1ms, complaint);
      if (asked->status == 200 && model_.could_be_saved(*asked)) ++saved_;
    }
    if (stage_.half_rule_broken > 0) wrong += "more than half of those alive were out\n";
    wrong += stage_.finish();
    return wrong.empty() ? wrong : fmt::format("{}\n{}", wrong, text_of(plan_));
  }
  // How many requests each instance has done since there were so many of them.
  std::vector<std::size_t> deeds_since(const std::vector<std::size_t>& before) {
    std::vector<std::size_t> counts = deeds();
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] -= before[i];
    return counts;
  }
  std::vector<std::size_t> deeds() {
    std::vector<std::size_t> counts;
    for (const auto& instance : stage_.instances()) counts.push_back(instance->deeds().size());
    return counts;
  }

 private:
  Task<void> make_trouble(Planned planned) {
    FailingInstance& instance = *stage_.instances()[planned.instance];
    co_await sleep(planned.from);
    instance.become(planned.trouble);
    co_await sleep(planned.length);
    instance.become(Trouble::none);
  }

  Task<void> be_client(TimePoint until, std::uint64_t seed) {
    Rng rng(seed);
    std::unique_ptr<Stream> stream;
    while (stage_.clock().now() < until) {
      co_await sleep(any(rng, 0ms, plan_.thinking));
      constexpr Verb kVerbs[] = {Verb::get, Verb::get, Verb::put, Verb::late_put, Verb::post};
      co_await ask(stream, kVerbs[rng.below(std::size(kVerbs))]);
    }
  }

  Task<void> ask_times(std::size_t count, Verb verb) {
    std::unique_ptr<Stream> stream;
    for (std::size_t i = 0; i < count; ++i) co_await ask(stream, verb);
  }

  Task<void> ask(std::unique_ptr<Stream>& stream, Verb verb) {
    Asked& asked = *asked_.emplace_back(std::make_unique<Asked>());
    asked.id = fmt::format("r{}", asked_.size());
    asked.verb = verb;
    asked.begun = stage_.clock().now();
    if (!stream) stream = stage_.connect();
    const char* const method = verb == Verb::get ? "GET" : verb == Verb::post ? "POST" : "PUT";
    const std::string length = verb == Verb::get ? "" : fmt::format("Content-Length: {}\r\n", asked.id.size());
    stream->write_without_waiting(fmt::format("{} / HTTP/1.1\r\nHost: a\r\nX-Id: {}\r\n{}\r\n{}", method, asked.id, length,
                                              verb == Verb::put || verb == Verb::post ? asked.id : ""));
    if (verb == Verb::late_put) {
      co_await sleep(kLate);
      stream->write_without_waiting(asked.id);
    }
    const bool goes_on = co_await read_answer(*stream, asked);
    if (!goes_on) stream.reset();
    asked.ended = stage_.clock().now();
  }

  // False: there will be no other one on this connection.
  Task<bool> read_answer(Stream& stream, Asked& asked) {
    std::string text;
    for (;;) {
      const std::size_t head = text.find("\r\n\r\n");
      if (head != std::string::npos) {
        const std::size_t at = text.find("Content-Length: ");
        std::size_t length = 0;
        if (at < head) std::from_chars(text.data() + at + 16, text.data() + head, length);
        if (text.size() == head + 4 + length) {
          std::from_chars(text.data() + 9, text.data() + 12, asked.status);
          asked.answer = text.substr(head + 4);
          co_return text.find("Connection: close") == std::string::npos;
        }
      }
      const Result<Buffer> came = co_await stream.read(stage_.own_buffers(), Deadline::never());
      if (!came) co_return false;
      text += came->view();
    }
  }

  Task<void> sleep(Duration duration) { co_await stage_.reactor().sleep_until(Deadline::at(stage_.clock().now() + duration)); }

  const Plan plan_;
  FleetStage stage_;
  const FleetModel model_;
  const TimePoint begun_;
  std::vector<std::unique_ptr<Asked>> asked_;
  std::size_t saved_ = 0;
  TaskGroup actors_;
};

constexpr Trouble kAll[] = {Trouble::killed, Trouble::hanging, Trouble::answers_500, Trouble::answers_503, Trouble::slow};
constexpr Trouble kAlive[] = {Trouble::answers_500, Trouble::answers_503, Trouble::slow};

// The heart of it; and that enough happens in it for that to mean something.
TEST(FailingFleet, LosesNoRequestThatCouldHaveBeenSaved) {
  constexpr std::uint64_t kRuns = 1500;
  std::size_t asked = 0;
  std::size_t saved = 0;
  std::size_t lost = 0;
  std::array<std::uint64_t, kRetryReasons> retries{};
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const Plan plan = any_plan(seed, kAll);
    FleetRun run(plan);
    run.ask_until(plan.length);
    const std::string wrong = run.end();
    ASSERT_EQ(wrong, "");
    asked += run.asked().size();
    saved += run.saved();
    lost += static_cast<std::size_t>(std::ranges::count_if(run.asked(), [](const auto& one) { return one->status != 200; }));
    const ServiceTotals totals = run.stage().totals();
    for (std::size_t i = 0; i < kRetryReasons; ++i) retries[i] += totals.retries[i];
  }
  EXPECT_GT(saved, asked / 3);
  EXPECT_GT(lost, asked / 100) << "POSTs, and where nobody could help";
  for (const RetryOn reason : {RetryOn::connect, RetryOn::reset, RetryOn::timeout, RetryOn::status_503}) {
    EXPECT_GT(retries[static_cast<std::size_t>(reason)], kRuns / 20) << static_cast<int>(reason);
  }
  RecordProperty("asked", static_cast<int>(asked));
}

// Whoever answers its probes is alive, whatever it answers to others: so the schedule says how many are.
TEST(FailingFleet, TakesOutAtMostHalfOfThoseAlive) {
  std::size_t most = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    Plan plan = any_plan(seed, kAlive);
    plan.thinking = 40ms;
    plan.troubles.clear();
    for (std::size_t i = 0; i < plan.instances; ++i) {
      const std::uint64_t kind = (seed + i) % 5;
      if (kind < 3) plan.troubles.push_back({.instance = i, .trouble = kAlive[kind], .from = 100ms * static_cast<int>(i), .length = 5s});
    }
    FleetRun run(plan);
    run.ask_until(5s);
    ASSERT_EQ(run.end(), "");
    ASSERT_LE(run.stage().most_out, plan.instances / 2) << text_of(plan);
    most = std::max(most, run.stage().most_out);
  }
  EXPECT_EQ(most, 2u) << "or nothing was shown";
}

TEST(FailingFleet, IsInFullServiceAgainWhenEverybodyHasRecovered) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Plan plan = any_plan(seed + 5000, kAll);
    FleetRun run(plan);
    run.ask_until(plan.length + kBack);
    for (const InstanceView& shown : run.stage().shown()) {
      ASSERT_EQ(shown.condition, InstanceCondition::healthy) << shown.identity << ": " << shown.reason << "\n" << text_of(plan);
    }
    const std::vector<std::size_t> before = run.deeds();
    run.ask_in_turn(10 * plan.instances, Verb::get);
    ASSERT_EQ(run.deeds_since(before), std::vector<std::size_t>(plan.instances, 10)) << text_of(plan);
    const std::string wrong = run.end();
    ASSERT_EQ(wrong, "");
  }
}

// Not only in the end, after the answer's time: once the instance is known to be dead. What has been sent to it by then and may not be repeated stays.
TEST(FailingFleet, MovesWhatWaitsForAnInstanceThatHangs) {
  const Plan plan{.seed = 4, .instances = 3, .clients = 16, .thinking = 100ms, .length = 0s, .response = 30s, .troubles = {}};
  FleetRun run(plan);
  run.stage().instances()[1]->become(Trouble::hanging);
  run.ask_until(5s);
  std::size_t waited = 0;
  std::size_t stayed = 0;
  for (const auto& asked : run.asked()) {
    const Duration took = asked->ended - asked->begun;
    if (asked->verb == Verb::post) {
      stayed += took > 3s ? 1 : 0;
      continue;
    }
    EXPECT_EQ(asked->status, 200) << asked->id;
    EXPECT_LE(took, 3s) << asked->id << (asked->verb == Verb::late_put ? ", whose body came late" : "");
    waited += took > 1s ? 1 : 0;
  }
  EXPECT_GT(waited, 5u);
  EXPECT_GT(stayed, 0u);
  EXPECT_EQ(run.end(), "");
}

// Retries are for the few: where everybody answers 503, each of them would double what the instances get.
TEST(FailingFleet, GetsHardlyMoreThanItsClientsSendWhereEverybodyFails) {
  const Plan plan{.seed = 3, .instances = 3, .clients = 32, .thinking = 1ns, .length = 0s, .response = 3s, .troubles = {}};
  ServiceSettings settings = fleet_settings();
  settings.retry.budget = 20;
  FleetRun run(plan, settings);
  for (const auto& instance : run.stage().instances()) instance->become(Trouble::answers_503);
  run.ask_until(1s);
  std::size_t deeds = 0;
  for (const std::size_t of_one : run.deeds()) deeds += of_one;
  EXPECT_GT(run.asked().size(), 2000u);
  EXPECT_GT(deeds, run.asked().size());
  EXPECT_LE(deeds, run.asked().size() * 5 / 4);
  EXPECT_EQ(run.end(), "");
}

// What the dead one would have had goes to all of the others, not to a neighbour.
TEST(FailingFleet, IsEvenAmongTheHealthyWhileOneIsDead) {
  const Plan plan{.seed = 7, .instances = 4, .clients = 0, .thinking = 0s, .length = 0s, .response = 3s, .troubles = {}};
  FleetRun run(plan);
  run.stage().instances()[1]->become(Trouble::killed);
  const std::vector<std::size_t> before = run.deeds();
  for (int i = 0; i < 40; ++i) {
    run.ask_in_turn(30, Verb::get);
    run.stage().run_for(100ms);
  }
  const std::vector<std::size_t> counts = run.deeds_since(before);
  EXPECT_EQ(counts[1], 0u);
  for (const std::size_t i : {0u, 2u, 3u}) EXPECT_NEAR(static_cast<double>(counts[i]), 400, 20);
  EXPECT_EQ(run.end(), "");
}

}  // namespace
}  // namespace rota::test
