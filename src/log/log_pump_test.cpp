#include "log/log_pump.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "base/manual_clock.h"
#include "tests/support/pipe.h"
#include "tests/support/temp_dir.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::SmallPipe;
using test::TempDir;
using test::text_of;

const std::string kLine = std::string(999, 'x') + '\n';

class LogPumpTest : public testing::Test {
 protected:
  LogPumpTest() {
    ::signal(SIGPIPE, SIG_IGN);
    pump_.set_report([this](LogLevel, std::string_view text) { reports_.emplace_back(text); });
  }

  std::size_t add_pipe(SmallPipe& pipe, const char* title = "access log") {
    return pump_.add_sink(std::make_unique<LogSink>(pipe.give_writer(), "stdout"), title);
  }

  // Until the sink and the ring behind it take no more.
  void fill(LogRing& ring) {
    do {
      while (ring.push(kLine)) {
      }
      pump_.turn(clock_.now());
    } while (ring.is_empty());
  }

  ManualClock clock_;
  TempDir dir_;
  std::vector<std::string> reports_;
  LogPump pump_;
};

TEST_F(LogPumpTest, WritesTheLinesOfAllRingsAndThenHasNothingToWakeFor) {
  const auto sink = pump_.add_sink(*LogSink::open(dir_.file("log")), "log");
  LogRing& first = pump_.add_ring(sink, 1024);
  LogRing& second = pump_.add_ring(sink, 1024);
  EXPECT_FALSE(pump_.has_work());
  first.push("one\n");
  second.push("two\n");
  EXPECT_TRUE(pump_.has_work());
  EXPECT_EQ(pump_.unwritten_lines(), 2u);
  EXPECT_FALSE(pump_.turn(clock_.now()));
  EXPECT_EQ(text_of(dir_.file("log")), "one\ntwo\n");
  EXPECT_FALSE(pump_.has_work());
  EXPECT_TRUE(pump_.is_finished());
  EXPECT_TRUE(pump_.blocked_fds().empty());
  EXPECT_EQ(pump_.wake_at(clock_.now()), TimePoint::max());
  EXPECT_EQ(pump_.unwritten_lines(), 0u);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(LogPumpTest, ComesBackAtOnceForWhatHadNoRoomInTheSink) {
  const auto sink = pump_.add_sink(*LogSink::open(dir_.file("log")), "log");
  LogRing& ring = pump_.add_ring(sink, 1 << 20);
  while (ring.push(kLine)) {
  }
  int turns = 1;
  while (pump_.turn(clock_.now())) ++turns;
  EXPECT_EQ(turns, 4) << "1 MiB by 256 KiB";
  EXPECT_TRUE(ring.is_empty());
}

TEST_F(LogPumpTest, WritesOneSinkWhileAnotherIsBlocked) {
  SmallPipe pipe;
  const auto access = add_pipe(pipe);
  const auto events = pump_.add_sink(*LogSink::open(dir_.file("log")), "log");
  LogRing& blocked = pump_.add_ring(access, 4096);
  LogRing& open = pump_.add_ring(events, 4096);
  fill(blocked);
  EXPECT_FALSE(pump_.has_work()) << "or its thread would never sleep";
  EXPECT_EQ(pump_.blocked_fds().size(), 1u);
  EXPECT_FALSE(pump_.is_finished());
  open.push("event\n");
  EXPECT_TRUE(pump_.has_work());
  pump_.turn(clock_.now());
  EXPECT_EQ(text_of(dir_.file("log")), "event\n");
}

TEST_F(LogPumpTest, SaysOnceThatAFileCannotBeWrittenAndOnceThatItCanAgain) {
  const std::string path = dir_.file("log");
  ASSERT_EQ(::symlink("/dev/full", path.c_str()), 0);
  const auto sink = pump_.add_sink(*LogSink::open(path), "access log");
  LogRing& ring = pump_.add_ring(sink, 16);
  const auto turn = [&] {
    pump_.turn(clock_.now());
    clock_.advance(200ms);
  };
  ring.push("first\n");
  turn();
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0], "access log: cannot write " + path + ": No space left on device; lines are dropped until it can");
  EXPECT_EQ(pump_.wake_at(clock_.now()), clock_.now()) << "it is tried again without being woken";
  EXPECT_TRUE(pump_.is_finished()) << "and not waited for when all ends";
  ring.push("second\n");
  for (int i = 0; i < 1234 + 1; ++i) ring.push("0123456789\n");
  turn();
  turn();
  EXPECT_EQ(reports_.size(), 1u);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  pump_.reopen();
  turn();
  ASSERT_EQ(reports_.size(), 2u);
  EXPECT_EQ(reports_[1], "access log: " + path + " writes again; 1,235 lines were dropped");
  EXPECT_EQ(pump_.dropped(sink), 1235u);
  EXPECT_EQ(text_of(path), "first\nsecond\n");
  turn();
  EXPECT_EQ(reports_.size(), 2u);
}

TEST_F(LogPumpTest, SaysAtMostEveryTenSecondsHowManyLinesASlowReaderCost) {
  SmallPipe pipe;
  LogRing& ring = pump_.add_ring(add_pipe(pipe), 4096);
  fill(ring);
  clock_.advance(10s);
  EXPECT_FALSE(ring.push(kLine));
  EXPECT_FALSE(ring.push(kLine));
  reports_.clear();
  pump_.turn(clock_.now());
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_TRUE(reports_[0].ends_with(" dropped: stdout does not take them fast enough")) << reports_[0];
  EXPECT_FALSE(ring.push(kLine));
  clock_.advance(9s);
  pump_.turn(clock_.now());
  EXPECT_EQ(reports_.size(), 1u);
  EXPECT_LE(pump_.wake_at(clock_.now()), clock_.now() + 1s) << "a full ring wakes nobody";
  clock_.advance(1s);
  pump_.turn(clock_.now());
  ASSERT_EQ(reports_.size(), 2u);
  EXPECT_EQ(reports_[1], "access log: 1 line was dropped: stdout does not take them fast enough");
}

TEST_F(LogPumpTest, SaysAtTheEndWhatItHasNotSaidYet) {
  SmallPipe pipe;
  LogRing& slow = pump_.add_ring(add_pipe(pipe), 4096);
  fill(slow);
  LogRing& full = pump_.add_ring(pump_.add_sink(*LogSink::open("/dev/full"), "other"), 16);
  full.push("first\n");
  pump_.turn(clock_.now());
  pump_.report_rest();
  EXPECT_FALSE(slow.push(kLine));
  EXPECT_FALSE(slow.push(kLine));
  EXPECT_FALSE(full.push(kLine));
  pump_.turn(clock_.now());
  reports_.clear();
  pump_.report_rest();
  EXPECT_EQ(reports_, (std::vector<std::string>{"access log: 2 lines were dropped: stdout does not take them fast enough",
                                                "other: 1 line was dropped"}));
  pump_.report_rest();
  EXPECT_EQ(reports_.size(), 2u);
}

TEST_F(LogPumpTest, SaysThatAFileCannotBeOpenedAnew) {
  std::filesystem::create_directory(dir_.file("logs"));
  pump_.add_sink(*LogSink::open(dir_.file("logs/log")), "access log");
  std::filesystem::rename(dir_.file("logs"), dir_.file("moved"));
  pump_.reopen();
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0], "access log: cannot open " + dir_.file("logs/log") + ": No such file or directory; the old file is kept");
}

}  // namespace
}  // namespace rota
