#include "log/log_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "base/manual_clock.h"
#include "tests/support/pipe.h"
#include "tests/support/temp_dir.h"

namespace rota {
namespace {

using namespace std::chrono_literals;
using test::SmallPipe;
using test::TempDir;
using test::text_of;

class LogSinkTest : public testing::Test {
 protected:
  // As the app and the log's thread have it: a pipe without a reader is an error, not the end.
  LogSinkTest() { ::signal(SIGPIPE, SIG_IGN); }

  void give(LogSink& sink, std::string_view line) {
    ASSERT_TRUE(ring_.push(line));
    ASSERT_TRUE(sink.take_from(ring_));
  }

  std::string numbered(std::size_t from, std::size_t to, std::size_t width) {
    std::string lines;
    for (std::size_t i = from; i < to; ++i) {
      const std::string number = std::to_string(i);
      lines += number + std::string(width - number.size() - 1, '.') + '\n';
    }
    return lines;
  }

  void give_numbered(LogSink& sink, std::size_t from, std::size_t to, std::size_t width) {
    for (std::size_t i = from; i < to; ++i) give(sink, numbered(i, i + 1, width));
  }

  ManualClock clock_;
  LogRing ring_{1 << 20};
  TempDir dir_;
};

TEST_F(LogSinkTest, AppendsToAFileThatItCreatesForItsOwnerAndGroup) {
  const std::string path = dir_.file("access.log");
  const mode_t before = ::umask(0);
  const auto sink = LogSink::open(path);
  ::umask(before);
  ASSERT_TRUE(sink);
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms{0640});
  give(**sink, "one\n");
  (*sink)->write(clock_.now());
  EXPECT_EQ(text_of(path), "one\n");
  EXPECT_FALSE((*sink)->has_pending());
  const auto second = LogSink::open(path);
  ASSERT_TRUE(second);
  give(**second, "two\n");
  (*second)->write(clock_.now());
  EXPECT_EQ(text_of(path), "one\ntwo\n");
}

TEST_F(LogSinkTest, SaysWhyAFileCannotBeOpened) {
  EXPECT_EQ(LogSink::open(dir_.file("no/such.log")).error(), "cannot open " + dir_.file("no/such.log") + ": No such file or directory");
  EXPECT_EQ(LogSink::open("/").error(), "cannot open /: Is a directory");
  ASSERT_EQ(::mkfifo(dir_.file("fifo").c_str(), 0600), 0);
  EXPECT_EQ(LogSink::open(dir_.file("fifo")).error(), "cannot open " + dir_.file("fifo") + ": nobody reads from it");
}

TEST_F(LogSinkTest, OpensStandardOutputAndErrorWithoutChangingThem) {
  const int flags = ::fcntl(STDERR_FILENO, F_GETFL);
  EXPECT_EQ((*LogSink::open("stderr"))->name(), "stderr");
  EXPECT_EQ((*LogSink::open("-"))->name(), "stdout");
  EXPECT_EQ((*LogSink::open("stdout"))->name(), "stdout");
  EXPECT_EQ(::fcntl(STDERR_FILENO, F_GETFL), flags);
  EXPECT_TRUE((*LogSink::open("stderr"))->reopen());
}

// Both a pipe of our own, which does not wait, and one whose flags are somebody else's, which would.
TEST_F(LogSinkTest, WritesNoMoreThanAPipeTakesAndKeepsTheRest) {
  for (const int flags : {0, O_NONBLOCK}) {
    SmallPipe pipe;
    ASSERT_EQ(::fcntl(pipe.writer(), F_SETFL, flags), 0);
    LogSink sink(pipe.give_writer(), "pipe");
    give_numbered(sink, 0, 200, 100);
    sink.write(clock_.now());
    EXPECT_TRUE(sink.is_blocked());
    EXPECT_EQ(sink.failure(), 0);
    std::string text;
    while (sink.has_pending()) {
      const std::string piece = pipe.read_there();
      EXPECT_TRUE(piece.ends_with('\n'));  // whole lines, so that other writers to it come between them
      ASSERT_FALSE(piece.empty());
      text += piece;
      sink.write(clock_.now());
    }
    text += pipe.read_there();
    EXPECT_EQ(text, numbered(0, 200, 100));
    EXPECT_EQ(sink.written_lines(), 200u);
    EXPECT_FALSE(sink.is_blocked());
  }
}

TEST_F(LogSinkTest, WritesALineThatIsLongerThanAPipeInParts) {
  SmallPipe pipe;
  LogSink sink(pipe.give_writer(), "pipe");
  const std::string line = numbered(0, 1, 8000);
  give(sink, line);
  give(sink, "next\n");
  std::string text;
  while (sink.has_pending()) {
    sink.write(clock_.now());
    text += pipe.read_there();
  }
  EXPECT_EQ(text, line + "next\n");
}

TEST_F(LogSinkTest, HoldsABoundedRestAndLeavesTheOthersInTheRing) {
  SmallPipe pipe;
  LogSink sink(pipe.give_writer(), "pipe");
  for (std::size_t i = 0; i < 600; ++i) ASSERT_TRUE(ring_.push(numbered(i, i + 1, 1000)));
  EXPECT_FALSE(sink.take_from(ring_));
  EXPECT_FALSE(sink.take_from(ring_));
  EXPECT_FALSE(ring_.is_empty());
  std::string text;
  while (sink.has_pending()) {
    sink.write(clock_.now());
    text += pipe.read_there();
    sink.take_from(ring_);
  }
  EXPECT_EQ(text, numbered(0, 600, 1000));
}

TEST_F(LogSinkTest, KeepsWhatAFullDiskRefusesAndTriesAgainFiveTimesASecond) {
  const auto sink = LogSink::open("/dev/full");
  ASSERT_TRUE(sink);
  give(**sink, "line\n");
  (*sink)->write(clock_.now());
  EXPECT_EQ((*sink)->failure(), ENOSPC);
  EXPECT_TRUE((*sink)->has_pending());
  EXPECT_EQ((*sink)->retry_at(), clock_.now() + 200ms);
  clock_.advance(199ms);
  (*sink)->write(clock_.now());
  EXPECT_EQ((*sink)->retry_at(), clock_.now() + 1ms);  // not tried
  clock_.advance(1ms);
  (*sink)->write(clock_.now());
  EXPECT_EQ((*sink)->retry_at(), clock_.now() + 200ms);
}

// The size limit of files stands in for a disk that is full in the middle of a line.
TEST_F(LogSinkTest, FinishesALineThatWasHalfWrittenBeforeAnythingElse) {
  const std::string path = dir_.file("access.log");
  const auto sink = LogSink::open(path);
  ASSERT_TRUE(sink);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 250, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  give_numbered(**sink, 0, 5, 100);
  (*sink)->write(clock_.now());
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ((*sink)->failure(), EFBIG);
  EXPECT_EQ(text_of(path), numbered(0, 5, 100).substr(0, 250));
  EXPECT_EQ((*sink)->written_lines(), 2u);
  give_numbered(**sink, 5, 6, 100);
  clock_.advance(200ms);
  (*sink)->write(clock_.now());
  EXPECT_EQ((*sink)->failure(), 0);
  EXPECT_EQ(text_of(path), numbered(0, 6, 100));
}

TEST_F(LogSinkTest, FollowsWithANewFileWhenTheOldOneWasMovedAway) {
  const std::string path = dir_.file("access.log");
  const auto sink = LogSink::open(path);
  give(**sink, "old\n");
  (*sink)->write(clock_.now());
  std::filesystem::rename(path, path + ".1");
  give(**sink, "old too\n");
  (*sink)->write(clock_.now());
  ASSERT_TRUE((*sink)->reopen());
  give(**sink, "new\n");
  (*sink)->write(clock_.now());
  EXPECT_EQ(text_of(path + ".1"), "old\nold too\n");
  EXPECT_EQ(text_of(path), "new\n");
}

TEST_F(LogSinkTest, BeginsANewFileWithAWholeLineWhereTheOldOneEndsWithAHalf) {
  const std::string path = dir_.file("access.log");
  const std::string half = dir_.file("half");
  ASSERT_EQ(::symlink("/dev/full", dir_.file("full").c_str()), 0);
  // A pipe that takes the first 4096 bytes of a line, and then no more.
  ASSERT_EQ(::mkfifo(half.c_str(), 0600), 0);
  const int reader = ::open(half.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  ASSERT_EQ(::fcntl(reader, F_SETPIPE_SZ, 4096), 4096);
  std::filesystem::create_symlink(half, path);
  const auto sink = LogSink::open(path);
  ASSERT_TRUE(sink);
  give_numbered(**sink, 0, 2, 8000);
  (*sink)->write(clock_.now());
  ASSERT_TRUE((*sink)->is_blocked());
  // Opened again, but the same: it goes on where it was.
  ASSERT_TRUE((*sink)->reopen());
  std::filesystem::remove(path);
  ASSERT_TRUE((*sink)->reopen());
  (*sink)->write(clock_.now());
  EXPECT_EQ(text_of(path), numbered(0, 2, 8000));
  ::close(reader);
}

TEST_F(LogSinkTest, KeepsTheOldFileWhereANewOneCannotBeOpened) {
  std::filesystem::create_directory(dir_.file("logs"));
  const std::string path = dir_.file("logs/access.log");
  const auto sink = LogSink::open(path);
  std::filesystem::rename(dir_.file("logs"), dir_.file("moved"));
  EXPECT_EQ((*sink)->reopen().error(), "cannot open " + path + ": No such file or directory");
  give(**sink, "kept\n");
  (*sink)->write(clock_.now());
  EXPECT_EQ(text_of(dir_.file("moved/access.log")), "kept\n");
}

TEST_F(LogSinkTest, TriesAPipeWithoutAReaderLikeAFullDisk) {
  SmallPipe pipe;
  LogSink sink(pipe.give_writer(), "pipe");
  give_numbered(sink, 0, 1, 8000);
  sink.write(clock_.now());
  ASSERT_TRUE(sink.is_blocked());
  pipe.close_reader();
  sink.write(clock_.now());
  EXPECT_EQ(sink.failure(), EPIPE);
  EXPECT_TRUE(sink.has_pending());
}

TEST_F(LogSinkTest, TellsANextReaderTheWholeLineOfWhichThePreviousOneReadHalf) {
  const std::string path = dir_.file("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto open_reader = [&path] { return ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); };
  const int first = open_reader();
  ASSERT_EQ(::fcntl(first, F_SETPIPE_SZ, 4096), 4096);
  const auto sink = LogSink::open(path);
  give_numbered(**sink, 0, 1, 4500);
  (*sink)->write(clock_.now());
  ::close(first);
  (*sink)->write(clock_.now());
  ASSERT_EQ((*sink)->failure(), EPIPE);
  const int second = open_reader();
  ASSERT_GT(::fcntl(second, F_SETPIPE_SZ, 65536), 0);
  std::string text(8192, '#');
  while (::read(second, text.data(), text.size()) > 0) {  // what the first one left in it
  }
  clock_.advance(200ms);
  (*sink)->write(clock_.now());
  text.resize(static_cast<std::size_t>(::read(second, text.data(), text.size())));
  EXPECT_EQ(text, numbered(0, 1, 4500));
  ::close(second);
}

TEST_F(LogSinkTest, WritesToASocketWithoutWaitingOrDying) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  ::signal(SIGPIPE, SIG_DFL);
  LogSink sink(pair[0], "socket");
  for (std::size_t i = 0; i < 100 && !sink.is_blocked(); ++i) {
    give_numbered(sink, 0, 100, 1000);
    sink.write(clock_.now());
  }
  EXPECT_TRUE(sink.is_blocked());
  ::close(pair[1]);
  sink.write(clock_.now());
  EXPECT_NE(sink.failure(), 0);
}

}  // namespace
}  // namespace rota
