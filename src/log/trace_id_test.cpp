#include "log/trace_id.h"

#include <gtest/gtest.h>

#include <string>

namespace rota {
namespace {

const std::string kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(TraceIdForLog, IsTheSecondPartOfATraceparent) {
  EXPECT_EQ(trace_id_of(kTraceparent), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace_id_of("fe" + kTraceparent.substr(2)), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(trace_id_of("00-00000000000000000000000000000001-0000000000000001-00"), "00000000000000000000000000000001");
}

TEST(TraceIdForLog, IsEmptyWhereAnythingIsWrong) {
  for (const char* wrong :
       {"", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"})
    EXPECT_EQ(trace_id_of(wrong), "") << wrong;
}

// Each position holds either a hexadecimal digit or a dash, and nothing else will do there.
TEST(TraceIdForLog, HoldsEachPositionToTheGrammar) {
  for (std::size_t i = 0; i < kTraceparent.size(); ++i) {
    for (const char c : {'g', 'A', ' ', '\n', '/', ':', '`', '\0', '\xff'}) {
      std::string wrong = kTraceparent;
      wrong[i] = c;
      EXPECT_EQ(trace_id_of(wrong), "") << i;
    }
    std::string wrong = kTraceparent;
    wrong[i] = wrong[i] == '-' ? '0' : '-';
    EXPECT_EQ(trace_id_of(wrong), "") << i;
  }
}

}  // namespace
}  // namespace rota
