#include "log/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "log/event_log.h"
#include "tests/support/pipe.h"
#include "tests/support/temp_dir.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::SmallPipe;
using test::TempDir;
using test::text_of;

std::unique_ptr<LogSink> to_pipe(SmallPipe& pipe) { return std::make_unique<LogSink>(pipe.give_writer(), "stdout"); }

void wait_until_asleep(const LogWriter& writer) {
  while (!writer.is_asleep()) std::this_thread::yield();
}

TEST(LogWriter, WritesWhatWasPushedBeforeItEnds) {
  const TempDir dir;
  LogWriter writer;
  const auto sink = writer.add_sink(*LogSink::open(dir.file("log")), "log");
  LogRing& ring = writer.add_ring(sink);
  EXPECT_TRUE(writer.push(ring, "before the start\n"));
  ASSERT_TRUE(writer.start());
  std::string all = "before the start\n";
  for (int i = 0; i < 1000; ++i) {
    all += std::to_string(i) + '\n';
    EXPECT_TRUE(writer.push(ring, std::to_string(i) + '\n'));
  }
  EXPECT_EQ(writer.stop(), 0u);
  EXPECT_EQ(text_of(dir.file("log")), all);
  EXPECT_EQ(writer.stop(), 0u) << "a second time does nothing";
}

TEST(LogWriter, WakesForALineAndNotWithoutOne) {
  SmallPipe pipe;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(to_pipe(pipe), "log"));
  ASSERT_TRUE(writer.start());
  wait_until_asleep(writer);
  EXPECT_TRUE(writer.push(ring, "line\n"));
  EXPECT_EQ(pipe.read(5), "line\n");
  wait_until_asleep(writer);
  const std::uint64_t before = writer.wakeups();
  std::promise<void> never;
  never.get_future().wait_for(100ms);
  EXPECT_LE(writer.wakeups(), before + 1);  // the one that is being counted while it already looks asleep
  EXPECT_TRUE(writer.is_asleep());
}

// Each push meets the thread at another point between awake and asleep; a lost wakeup would leave a line unread for ever.
TEST(LogWriter, LosesNoWakeup) {
  SmallPipe pipe;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(to_pipe(pipe), "log"));
  ASSERT_TRUE(writer.start());
  for (int i = 0; i < 60; ++i) {
    if (i % 2 == 0) wait_until_asleep(writer);
    ASSERT_TRUE(writer.push(ring, "line\n"));
    ASSERT_EQ(pipe.read(5), "line\n");
  }
}

TEST(LogWriter, GathersWhatComesInARushInFewWakeups) {
  const TempDir dir;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open(dir.file("log")), "log"), 1 << 20);
  ASSERT_TRUE(writer.start());
  wait_until_asleep(writer);
  const std::uint64_t before = writer.wakeups();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20'000; ++i) writer.push(ring, "0123456789\n");
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_LE(writer.wakeups() - before, 3 + static_cast<std::uint64_t>(2 * (took / LogWriter::kGather)));
  EXPECT_EQ(writer.stop(), 0u);
}

TEST(LogWriter, LosesNothingToAFileWhenSeveralThreadsPushAsFastAsRingsTake) {
  const TempDir dir;
  LogWriter writer;
  const auto sink = writer.add_sink(*LogSink::open(dir.file("log")), "access log");
  std::vector<LogRing*> rings;
  for (int i = 0; i < 3; ++i) rings.push_back(&writer.add_ring(sink, 1 << 14));
  ASSERT_TRUE(writer.start());
  std::vector<std::thread> producers;
  for (LogRing* ring : rings) {
    producers.emplace_back([&writer, ring] {
      for (int i = 0; i < 20'000; ++i) {
        while (!writer.push(*ring, "a line of some twenty bytes\n")) std::this_thread::yield();
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(writer.stop(10s), 0u);
  EXPECT_EQ(text_of(dir.file("log")).size(), 60'000u * 28);
}

TEST(LogWriter, NeitherHoldsUpProducersNorOtherSinksNorItsEndForAPipeThatNobodyReads) {
  SmallPipe blocked;
  SmallPipe events;
  LogWriter writer;
  const auto access = writer.add_sink(to_pipe(blocked), "access log");
  LogRing& ring = writer.add_ring(access, 1 << 14);
  const auto log = writer.add_sink(to_pipe(events), "log");
  EventLog event_log(writer, writer.add_ring(log), LogLevel::info);
  ASSERT_TRUE(writer.start());
  const std::string line = std::string(999, 'x') + '\n';
  while (writer.dropped(access) < 10) writer.push(ring, line);
  event_log.say(LogLevel::info, "still here");
  EXPECT_EQ(events.read(17), "rota: still here\n");
  const auto begin = std::chrono::steady_clock::now();
  const std::uint64_t lost = writer.stop(20ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_EQ(lost, ring.pushed() - 4) << "a pipe of 4096 bytes took four lines";
}

TEST(LogWriter, WaitsForASlowReaderWhenItEnds) {
  SmallPipe pipe;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(to_pipe(pipe), "access log"));
  ASSERT_TRUE(writer.start());
  const std::string line = std::string(999, 'x') + '\n';
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(writer.push(ring, line));
  std::thread reader([&pipe] { EXPECT_EQ(pipe.read(200'000).size(), 200'000u); });
  EXPECT_EQ(writer.stop(60s), 0u);
  reader.join();
}

TEST(LogWriter, DoesNotWaitForADiskThatIsFull) {
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open("/dev/full"), "access log"));
  ASSERT_TRUE(writer.start());
  for (int i = 0; i < 7; ++i) writer.push(ring, "line\n");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(writer.stop(60s), 7u);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

// A terminal says that it can be written to when there is room for one byte, and then waits for more: it stands in for a dead network disk.
TEST(LogWriter, LeavesItsThreadBehindWhereAWriteHangs) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(::grantpt(terminal), 0);
  ASSERT_EQ(::unlockpt(terminal), 0);
  const int line_end = ::open(::ptsname(terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
  ASSERT_GE(line_end, 0);
  {
    LogWriter writer;
    LogRing& ring = writer.add_ring(writer.add_sink(std::make_unique<LogSink>(line_end, "terminal"), "log"));
    ASSERT_TRUE(writer.start());
    const std::string line = std::string(999, 'x') + '\n';
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(writer.push(ring, line));
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_GT(writer.stop(20ms), 100u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  }
  ::close(terminal);  // ends the write, and with it the thread
}

TEST(LogWriter, ReportsThroughTheEventLog) {
  SmallPipe events;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open("/dev/full"), "access log"));
  EventLog event_log(writer, writer.add_ring(writer.add_sink(to_pipe(events), "log")), LogLevel::info);
  writer.set_report([&event_log](LogLevel level, std::string_view text) { event_log.say(level, text); });
  ASSERT_TRUE(writer.start());
  writer.push(ring, "line\n");
  const std::string expected =
      "rota: warning: access log: cannot write /dev/full: No space left on device; lines are dropped until it can\n";
  EXPECT_EQ(events.read(expected.size()), expected);
}

TEST(LogWriter, OpensFilesAnewWhenTold) {
  const TempDir dir;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open(dir.file("log")), "access log"));
  ASSERT_TRUE(writer.start());
  std::filesystem::rename(dir.file("log"), dir.file("log.1"));
  writer.reopen();
  while (!std::filesystem::exists(dir.file("log"))) std::this_thread::yield();
  writer.push(ring, "new\n");
  EXPECT_EQ(writer.stop(), 0u);
  EXPECT_EQ(text_of(dir.file("log")), "new\n");
}

TEST(EventLog, SaysOneLineWithItsLevel) {
  const TempDir dir;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open(dir.file("log")), "log"));
  EventLog events(writer, ring, LogLevel::info);
  EXPECT_FALSE(events.says(LogLevel::debug));
  events.say(LogLevel::debug, "below the threshold");
  events.say(LogLevel::info, "serving on 0.0.0.0:8080");
  events.say(LogLevel::warn, "line\none\ttwo \x1b[31m \xff \xc2\x85 grün \"quoted\" \\ end");
  events.set_threshold(LogLevel::error);
  events.say(LogLevel::warn, "below it now");
  events.say(LogLevel::error, std::string(10'000, 'x'));
  ASSERT_TRUE(writer.start());
  EXPECT_EQ(writer.stop(), 0u);
  const std::string text = text_of(dir.file("log"));
  const std::string begin =
      "rota: serving on 0.0.0.0:8080\n"
      "rota: warning: line\\x0aone\\x09two \\x1b[31m \\xff \\xc2\\x85 grün \"quoted\" \\ end\n"
      "rota: error: xxx";
  EXPECT_EQ(text.substr(0, begin.size()), begin);
  EXPECT_TRUE(text.ends_with("xxx…\n"));
  EXPECT_LT(text.size(), 4500u);
}

TEST(EventLog, TakesLinesOfManyThreads) {
  const TempDir dir;
  LogWriter writer;
  LogRing& ring = writer.add_ring(writer.add_sink(*LogSink::open(dir.file("log")), "log"));
  EventLog events(writer, ring, LogLevel::info);
  ASSERT_TRUE(writer.start());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&events] {
      for (int line = 0; line < 500; ++line) events.say(LogLevel::info, "a line");
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(writer.stop(), 0u);
  EXPECT_EQ(text_of(dir.file("log")).size() + ring.dropped() * 13, 2000u * 13);
}

}  // namespace
}  // namespace rota
