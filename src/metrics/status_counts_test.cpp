#include "metrics/status_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rota {
namespace {

std::size_t place_of(int status) { return StatusCounts::place_of(static_cast<std::uint16_t>(status)); }

TEST(StatusCounts, HaveAPlaceForEveryRegisteredStatus) {
  for (const int status : {101, 200, 204, 206, 226, 301, 304, 308, 400, 404, 416, 421, 426, 428, 429, 431, 451, 500, 503, 505, 508, 511}) {
    EXPECT_EQ(StatusCounts::label(place_of(status)), std::to_string(status));
  }
}

TEST(StatusCounts, CountWhatIsNotRegisteredWithItsClass) {
  const auto label = [](int status) { return StatusCounts::label(place_of(status)); };
  EXPECT_EQ(label(102), "1xx");
  EXPECT_EQ(label(209), "2xx");
  EXPECT_EQ(label(299), "2xx");
  EXPECT_EQ(label(306), "3xx");
  EXPECT_EQ(label(420), "4xx");
  EXPECT_EQ(label(499), "4xx");
  EXPECT_EQ(label(599), "5xx");
}

TEST(StatusCounts, HaveAPlaceForNoAnswerAtAll) {
  EXPECT_EQ(StatusCounts::label(place_of(0)), "none");
  EXPECT_EQ(StatusCounts::label(place_of(99)), "none");
}

TEST(StatusCounts, CountWhatIsAboveAllClassesAs5xx) {
  for (const int status : {600, 999, 65535}) EXPECT_EQ(StatusCounts::label(place_of(status)), "5xx");
}

TEST(StatusCounts, HaveLabelsThatAreAllDifferentAndInOrder) {
  std::set<std::string> labels;
  for (std::size_t place = 0; place < StatusCounts::kPlaces; ++place) labels.insert(StatusCounts::label(place));
  EXPECT_EQ(labels.size(), StatusCounts::kPlaces);
  EXPECT_TRUE(std::ranges::is_sorted(StatusCounts::kStatuses));
}

TEST(StatusCounts, CountEachStatusOnceInItsOwnPlace) {
  StatusCounts counts;
  for (std::uint16_t status = 100; status < 600; ++status) counts.add(status);
  counts.add(200);
  std::uint64_t all = 0;
  for (std::size_t place = 0; place < StatusCounts::kPlaces; ++place) all += counts.at(place);
  EXPECT_EQ(all, 501U);
  EXPECT_EQ(counts.at(StatusCounts::place_of(200)), 2U);
  EXPECT_EQ(counts.at(StatusCounts::place_of(404)), 1U);
  EXPECT_EQ(counts.at(StatusCounts::place_of(199)), 99U) << "of the 1xx, only 101 has a place of its own";
}

}  // namespace
}  // namespace rota
