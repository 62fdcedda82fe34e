#include "admin/html.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

std::string shown(std::string_view value, std::size_t most = Html::kMostText) {
  Html html;
  html.text(value, most);
  return html.take();
}

TEST(Html, LeavesMarkupAsItIsAndMakesEverythingElseInert) {
  Html html;
  html.markup("<b title=\"").text("\" onclick='x'").markup("\">").text("<script>alert(1)</script>&amp;").markup("</b>");
  EXPECT_EQ(html.take(), "<b title=\"&quot; onclick=&#39;x&#39;\">&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</b>");
}

TEST(Html, ShowsTextOfAnyLanguage) {
  EXPECT_EQ(shown("caf\xc3\xa9 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xf0\x9f\x98\x80"),
            "caf\xc3\xa9 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xf0\x9f\x98\x80");
}

TEST(Html, ShowsWhatCannotBeSeen) {
  using namespace std::string_view_literals;
  EXPECT_EQ(shown("a\0b\x1b[31m\n\x7f"sv), "a\\x00b\\x1b[31m\\x0a\\x7f");
  EXPECT_EQ(shown("\xe2\x80\xae"
                  "evil"),
            "\\xe2\\x80\\xaeevil")
      << "a right-to-left override";
  EXPECT_EQ(shown("\xff<\xc3"), "\\xff&lt;\\xc3");
}

TEST(Html, CutsWhatIsTooLongBetweenCharacters) {
  EXPECT_EQ(shown("abc", 3), "abc");
  EXPECT_EQ(shown("abcd", 3), "abc…");
  EXPECT_EQ(shown("ab\xc3\xa9", 3), "ab…");
  EXPECT_EQ(shown("<<<<", 2), "&lt;&lt;…") << "what counts is what it was";
  EXPECT_EQ(shown("\xff\xff\xff", 2), "\\xff\\xff…");
  EXPECT_EQ(shown("\xc3\xa9", 1), "…");
  EXPECT_EQ(shown(std::string(10'000, 'x')), std::string(Html::kMostText, 'x') + "…");
}

}  // namespace
}  // namespace rota
