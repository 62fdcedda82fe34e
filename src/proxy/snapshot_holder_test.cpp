#include "proxy/snapshot_holder.h"

#include <gtest/gtest.h>

#include <optional>

namespace rota {
namespace {

std::shared_ptr<const Snapshot> snapshot(std::uint64_t generation) {
  auto made = std::make_shared<Snapshot>();
  made->generation = generation;
  return made;
}

struct Published {
  explicit Published(SnapshotHolder& holder, std::uint64_t generation) {
    auto made = snapshot(generation);
    watch = made;
    holder.replace(std::move(made));
  }
  bool is_alive() const { return !watch.expired(); }
  std::weak_ptr<const Snapshot> watch;
};

TEST(SnapshotHolder, PinsTheOneInForce) {
  SnapshotHolder holder;
  const Published first(holder, 1);
  EXPECT_EQ(holder.pin()->generation, 1u);
  const Published second(holder, 2);
  EXPECT_EQ(holder.pin()->generation, 2u);
}

TEST(SnapshotHolder, LetsGoOfAReplacedOneThatNobodyPins) {
  SnapshotHolder holder;
  const Published first(holder, 1);
  {
    const auto pin = holder.pin();
  }
  EXPECT_TRUE(first.is_alive());  // in force, pinned or not
  const Published second(holder, 2);
  EXPECT_FALSE(first.is_alive());
  EXPECT_TRUE(second.is_alive());
}

TEST(SnapshotHolder, KeepsAReplacedOneUntilItsLastPinGoes) {
  SnapshotHolder holder;
  const Published first(holder, 1);
  std::optional one(holder.pin());
  std::optional other(holder.pin());
  const Published second(holder, 2);
  EXPECT_EQ((*one)->generation, 1u);  // who began with it ends with it
  one.reset();
  EXPECT_TRUE(first.is_alive());
  other.reset();
  EXPECT_FALSE(first.is_alive());
  EXPECT_TRUE(second.is_alive());
}

TEST(SnapshotHolder, KeepsSeveralThatEndInAnyOrder) {
  SnapshotHolder holder;
  const Published first(holder, 1);
  std::optional pin_of_first(holder.pin());
  const Published second(holder, 2);
  std::optional pin_of_second(holder.pin());
  const Published unused(holder, 3);
  const Published fourth(holder, 4);
  std::optional pin_of_fourth(holder.pin());
  EXPECT_FALSE(unused.is_alive());
  pin_of_second.reset();
  EXPECT_FALSE(second.is_alive());
  EXPECT_TRUE(first.is_alive());
  pin_of_fourth.reset();
  EXPECT_TRUE(fourth.is_alive());
  pin_of_first.reset();
  EXPECT_FALSE(first.is_alive());
  EXPECT_EQ(holder.pin()->generation, 4u);
}

TEST(SnapshotHolder, CountsAMovedPinOnce) {
  SnapshotHolder holder;
  const Published first(holder, 1);
  std::optional<SnapshotHolder::Pin> moved;
  {
    auto pin = holder.pin();
    moved.emplace(std::move(pin));
  }
  const Published second(holder, 2);
  EXPECT_TRUE(first.is_alive());
  EXPECT_EQ((*moved)->generation, 1u);
  moved.reset();
  EXPECT_FALSE(first.is_alive());
}

TEST(SnapshotHolder, LetsGoOfAllWhenItEnds) {
  std::weak_ptr<const Snapshot> watch;
  {
    SnapshotHolder holder;
    watch = Published(holder, 1).watch;
    EXPECT_FALSE(watch.expired());
  }
  EXPECT_TRUE(watch.expired());
}

TEST(SnapshotHolderDeathTest, CannotPinBeforeThereIsOne) {
  SnapshotHolder holder;
  EXPECT_DEATH(holder.pin(), "empty");
}

}  // namespace
}  // namespace rota
