#include "admin/query.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

TEST(Query, DecodesPercentTriplets) {
  using namespace std::string_literals;
  EXPECT_EQ(percent_decode("app/10.0.0.1:80"), "app/10.0.0.1:80");
  EXPECT_EQ(percent_decode("app%2F%c3%A9+x"), "app/\xc3\xa9+x") << "a plus is a plus: this is a path";
  EXPECT_EQ(percent_decode("%00"), "\0"s);
  for (const char* text : {"%", "%2", "%2g", "%g2", "a%"}) EXPECT_EQ(percent_decode(text), std::nullopt) << text;
}

TEST(Query, FindsAParameterByItsWholeName) {
  EXPECT_EQ(query_parameter("?after=3&limit=10", "limit"), "10");
  EXPECT_EQ(query_parameter("after=3&after=4", "after"), "3");
  EXPECT_EQ(query_parameter("?verbose", "verbose"), "");
  EXPECT_EQ(query_parameter("?verbose=", "verbose"), "");
  EXPECT_EQ(query_parameter("?&&a=b=c", "a"), "b=c");
  EXPECT_EQ(query_parameter("?xlimit=1&limits=2", "limit"), std::nullopt);
  EXPECT_EQ(query_parameter("", "limit"), std::nullopt);
  EXPECT_EQ(query_parameter("?", "limit"), std::nullopt);
}

}  // namespace
}  // namespace rota
