#include "runtime/mailbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace rota {
namespace {

class CountingPoller final : public Poller {
 public:
  Result<void> add(int, SlotId) override { return fail(ErrorCode::io); }
  void poll(Deadline, TimePoint, std::vector<ReadinessEvent>&) override { ADD_FAILURE() << "a mailbox does not poll"; }
  void wake() override { ++wakes; }
  std::atomic<int> wakes = 0;
};

TEST(Mailbox, DeliversInTheOrderOfPostingWhenItIsDrained) {
  CountingPoller poller;
  Mailbox mailbox(poller);
  std::vector<int> got;
  for (int i = 0; i < 3; ++i) mailbox.post([&got, i] { got.push_back(i); });
  EXPECT_TRUE(got.empty());
  EXPECT_FALSE(mailbox.is_empty());
  mailbox.drain();
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2}));
  EXPECT_TRUE(mailbox.is_empty());
  mailbox.drain();
  EXPECT_EQ(got.size(), 3u);
}

TEST(Mailbox, WakesThePollerForEachMessage) {
  CountingPoller poller;
  Mailbox mailbox(poller);
  mailbox.post([] {});
  EXPECT_EQ(poller.wakes, 1);
  mailbox.drain();
  EXPECT_EQ(poller.wakes, 1);
  mailbox.post([] {});
  EXPECT_EQ(poller.wakes, 2);
  mailbox.drain();
}

// Otherwise mail that answers mail would keep a reactor from everything else.
TEST(Mailbox, KeepsWhatIsPostedMeanwhileForTheNextTurn) {
  CountingPoller poller;
  Mailbox mailbox(poller);
  std::vector<int> got;
  mailbox.post([&] {
    got.push_back(1);
    mailbox.post([&] { got.push_back(2); });
  });
  mailbox.drain();
  EXPECT_EQ(got, (std::vector<int>{1}));
  EXPECT_FALSE(mailbox.is_empty());
  mailbox.drain();
  EXPECT_EQ(got, (std::vector<int>{1, 2}));
}

TEST(Mailbox, CarriesWhatCanOnlyBeMovedAndLetsGoOfIt) {
  CountingPoller poller;
  Mailbox mailbox(poller);
  const auto shared = std::make_shared<int>(5);
  int got = 0;
  mailbox.post([owned = std::make_unique<int>(2), shared, &got] { got = *owned + *shared; });
  mailbox.drain();
  EXPECT_EQ(got, 7);
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(Mailbox, LosesNothingThatSeveralThreadsPost) {
  constexpr int kThreads = 4;
  constexpr int kEach = 2000;
  CountingPoller poller;
  Mailbox mailbox(poller);
  std::vector<std::vector<int>> got(kThreads);
  int count = 0;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          mailbox.post([&, thread, i] {
            got[thread].push_back(i);
            ++count;
          });
        }
      });
    }
    while (count < kThreads * kEach) mailbox.drain();
  }
  for (const std::vector<int>& of_thread : got) {
    ASSERT_EQ(of_thread.size(), static_cast<std::size_t>(kEach));
    EXPECT_TRUE(std::ranges::is_sorted(of_thread));
  }
  EXPECT_TRUE(mailbox.is_empty());
}

}  // namespace
}  // namespace rota
