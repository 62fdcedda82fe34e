#include "http/target.h"

#include <gtest/gtest.h>

#include <string>

#include "http/padded.h"

namespace rota::http {
namespace {

using namespace std::string_view_literals;

struct Accepted {
  std::string_view text, path, query, authority;
};

TEST(Target, IsSplitIntoPathQueryAndAuthority) {
  const Accepted cases[] = {
      {"/", "/", "", ""},
      {"*", "*", "", ""},
      {"/a/b.html", "/a/b.html", "", ""},
      {"/?", "/", "?", ""},
      {"/a?b=c&d", "/a", "?b=c&d", ""},
      {"/a?b?c", "/a", "?b?c", ""},
      {"/a?/../x", "/a", "?/../x", ""},
      {"/?%2e%2E%2f%5c%00", "/", "?%2e%2E%2f%5c%00", ""},  // only of a path do two readers make different ones
      {"//x", "//x", "", ""},
      {"/a//b/", "/a//b/", "", ""},
      {"/...", "/...", "", ""},
      {"/.../..a/a../.a", "/.../..a/a../.a", "", ""},
      {"/.well-known/x", "/.well-known/x", "", ""},
      {"/a;x/b;y=1/;/.a;/...;", "/a;x/b;y=1/;/.a;/...;", "", ""},  // parameters where no dots are
      {"/..a;/a..;/;../;.", "/..a;/a..;/;../;.", "", ""},
      {"/%3b..", "/%3b..", "", ""},
      {"/%2ea/b%2e", "/%2ea/b%2e", "", ""},
      {"/%c0%af", "/%c0%af", "", ""},
      {"/%C3%A9%7f%0a", "/%C3%A9%7f%0a", "", ""},
      {"/-_.~!$&'()*+,;=:@", "/-_.~!$&'()*+,;=:@", "", ""},
      {"/[a]|b", "/[a]|b", "", ""},
      {"/?[a]|{b}`", "/", "?[a]|{b}`", ""},
      {"/http://b/", "/http://b/", "", ""},
      {"http://b", "/", "", "b"},
      {"http://b/", "/", "", "b"},
      {"HtTp://B:80/x?y", "/x", "?y", "B:80"},
      {"http://b?x", "/", "?x", "b"},
      {"http://b?x/y", "/", "?x/y", "b"},
      {"http://[::1]:8080/x", "/x", "", "[::1]:8080"},
      {"http://192.0.2.1/", "/", "", "192.0.2.1"},
  };
  for (const Accepted& c : cases) {
    const Padded padded(c.text);
    const auto target = parse_target(padded.view());
    ASSERT_TRUE(target) << c.text;
    EXPECT_EQ(target->path, c.path) << c.text;
    EXPECT_EQ(target->query, c.query) << c.text;
    EXPECT_EQ(target->authority, c.authority) << c.text;
    EXPECT_EQ(target_run(padded.view()), c.text.size()) << c.text;
  }
}

TEST(Target, IsRefusedWhereTwoReadersCouldTakeItForDifferentOnes) {
  const std::string_view cases[] = {"", "a", "a/b", "**", "*/", "*?", "?a",
                                    // Dot segments, however they are written.
                                    "/.", "/..", "/./", "/../", "/a/.", "/a/..", "/a/../b", "/a/./b", "/.?x", "/..?x", "/%2e", "/%2E%2e/",
                                    "/.%2e", "/%2e./a", "/a/%2e%2e",
                                    // And with parameters, which some servers drop before they look at the dots.
                                    "/..;/", "/..;", "/..;x", "/.;", "/.;x=1/b", "/a/..;x;y/b", "/%2e%2e;/", "/.%2E;x/", "/..%3b/", "/.%3B",
                                    "/..;?x", "/a/..;jsessionid=1/b", "http://b/..;/",
                                    // What decodes to a separator or an end.
                                    "/%2f", "/%2F", "/a%2fb", "/%5c", "/%5C", "/%00", "/a%00b", "/\\",
                                    // Broken triplets, also in the query.
                                    "/%", "/%2", "/%g0", "/%0g", "/a%", "/a%4?b", "/?%", "/?%2", "/?%zz", "/%%41",
                                    // Bytes that are not of a target.
                                    "/a b", "/a\tb", "/\"", "/<", "/>", "/^", "/`", "/{", "/}", "/\x7f", "/\xc3\xa9", "/\0"sv, "/?\0"sv,
                                    "/?a b", "/?\"", "/?<>", "/?\\", "/?^",
                                    // A fragment.
                                    "/#f", "/a?b#c", "http://b/#f",
                                    // Absolute forms.
                                    "http://", "http:///", "http://?", "http:/b/", "http:b", "https://b/", "ftp://b/", "http//b/",
                                    "http://u@b/", "http://u:p@b/", "http://b:0/", "http://b:65536/", "http://b:/", "http://b,c/",
                                    "http://[::1/", "http://::1/", "http://b/..", "http://b/%2f", "http://b\\c/", "http://b%41/", "a:80",
                                    "b:80/x"};
  for (const std::string_view text : cases) EXPECT_FALSE(parse_target(Padded(text).view())) << testing::PrintToString(text);
}

TEST(Target, RunEndsAtTheFirstByteThatNoTargetHas) {
  const std::pair<std::string_view, std::size_t> cases[] = {{"", 0},    {" /", 0},      {"/a b", 2},  {"/a\tb", 2},
                                                            {"/#f", 1}, {"/?{x}`|", 7}, {"/\r\n", 1}, {"/\xff", 1}};
  for (const auto& [text, length] : cases) EXPECT_EQ(target_run(text), length) << testing::PrintToString(text);
}

TEST(Host, IsANameOrAnAddressWithAPortOrWithout) {
  const std::string longest = std::string(251, 'a') + ":443";
  for (const std::string_view text : std::initializer_list<std::string_view>{"a",
                                                                             "A",
                                                                             "localhost",
                                                                             "a.example",
                                                                             "a.example.",
                                                                             "my_app",
                                                                             "xn--bcher-kva.example",
                                                                             "a-b.c-d",
                                                                             "1",
                                                                             "192.0.2.1",
                                                                             "a~b",
                                                                             "a:1",
                                                                             "a:80",
                                                                             "a:65535",
                                                                             "a.:80",
                                                                             "192.0.2.1:8080",
                                                                             "[::1]",
                                                                             "[::]",
                                                                             "[::1]:80",
                                                                             "[2001:DB8::1]:65535",
                                                                             "[::ffff:192.0.2.1]",
                                                                             longest}) {
    EXPECT_TRUE(is_host(Padded(text).view())) << text;
  }
}

TEST(Host, IsRefusedWhereItIsAnythingElse) {
  const std::string too_long = std::string(252, 'a') + ":443";
  for (const std::string_view text : std::initializer_list<std::string_view>{"",
                                                                             ".",
                                                                             "..",
                                                                             "a..b",
                                                                             ".a",
                                                                             "a..",
                                                                             ":80",
                                                                             ":",
                                                                             "a:",
                                                                             "a:0",
                                                                             "a:00",
                                                                             "a:080",
                                                                             "a:65536",
                                                                             "a:99999",
                                                                             "a:100000",
                                                                             "a:8o",
                                                                             "a:+1",
                                                                             "a:-1",
                                                                             "a: 80",
                                                                             "a:1:2",
                                                                             "a:b",
                                                                             "u@a",
                                                                             "u:p@a",
                                                                             "a/b",
                                                                             "a,b",
                                                                             "a b",
                                                                             "a\tb",
                                                                             "a;b",
                                                                             "a=b",
                                                                             "a!",
                                                                             "a$",
                                                                             "a&b",
                                                                             "a'b",
                                                                             "(a)",
                                                                             "a*",
                                                                             "*",
                                                                             "a+b",
                                                                             "a|b",
                                                                             "a%41",
                                                                             "a?b",
                                                                             "a#b",
                                                                             "a[b",
                                                                             "a]",
                                                                             "a\\b",
                                                                             "\"a\"",
                                                                             "<a>",
                                                                             "a^b",
                                                                             "a`b",
                                                                             "{a}",
                                                                             "\xc3\xa9",
                                                                             "a\0b"sv,
                                                                             "\x7f",
                                                                             "[",
                                                                             "[]",
                                                                             "[::1",
                                                                             "::1",
                                                                             "[::1]x",
                                                                             "[::1]:",
                                                                             "[::1]:0",
                                                                             "[::1]:65536",
                                                                             "[::1]]",
                                                                             "[[::1]]",
                                                                             "[::1%25eth0]",
                                                                             "[::1%eth0]",
                                                                             "[1.2.3.4]",
                                                                             "[v1.a]",
                                                                             "[:::1]",
                                                                             "[12345::]",
                                                                             "[::1\0]"sv,
                                                                             "[1:2:3:4:5:6:7:8:9]",
                                                                             "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]",
                                                                             too_long}) {
    EXPECT_FALSE(is_host(Padded(text).view())) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace rota::http
