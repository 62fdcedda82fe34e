#include "control/events.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

TEST(Events, AreSaidOnceAndTheLastOnesKept) {
  std::vector<std::string> said;
  Events events([&said](LogLevel, std::string_view text) { said.emplace_back(text); });
  for (std::size_t i = 0; i < Events::kKept + 10; ++i)
    events.add({.type = "instance_open", .service = "app", .instance = "a", .text = std::to_string(i)});
  EXPECT_EQ(said.size(), Events::kKept + 10);
  ASSERT_EQ(events.kept().size(), Events::kKept);
  EXPECT_EQ(events.kept().front().id, 11u) << "from 1, and never given again";
  EXPECT_EQ(events.kept().front().text, "10");
  EXPECT_EQ(events.last_id(), Events::kKept + 10);
}

}  // namespace
}  // namespace rota
