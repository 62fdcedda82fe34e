#include "config/interpolate.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

const Environment kEnvironment{{"PORT", "9001"}, {"EMPTY", ""}, {"DOLLAR", "${PORT}"}};

std::string value_of(std::string_view text) {
  const auto value = interpolate(text, kEnvironment);
  return value ? *value : "error: " + value.error().message;
}

TEST(Interpolate, PutsVariablesIn) {
  EXPECT_EQ(value_of("127.0.0.1:${PORT}"), "127.0.0.1:9001");
  EXPECT_EQ(value_of("${PORT}${PORT}"), "90019001");
  EXPECT_EQ(value_of("plain"), "plain");
  EXPECT_EQ(value_of("${EMPTY}"), "");
  EXPECT_EQ(value_of("a$$b$${PORT}"), "a$b${PORT}");
}

TEST(Interpolate, FallsBackWhereUnsetOrEmpty) {
  EXPECT_EQ(value_of("${PORT:-1}"), "9001");
  EXPECT_EQ(value_of("${NONE:-a:b-c}"), "a:b-c");
  EXPECT_EQ(value_of("${NONE:-}"), "");
  EXPECT_EQ(value_of("${EMPTY:-1}"), "1");
}

TEST(Interpolate, DoesNotLookAtWhatCameIn) { EXPECT_EQ(value_of("${DOLLAR}"), "${PORT}"); }

TEST(Interpolate, SaysWhatIsMissing) {
  EXPECT_EQ(value_of("${NONE}"), "error: the environment variable NONE is not set");
  EXPECT_EQ(value_of("${NONE:?say where}"), "error: NONE: say where");
  EXPECT_EQ(value_of("${EMPTY:?}"), "error: the environment variable EMPTY is empty");
  EXPECT_EQ(value_of("${PORT:?say where}"), "9001");
}

TEST(Interpolate, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(value_of("$PORT"), "error: a lone '$'; write $$ for a dollar sign, or ${NAME} for a variable");
  EXPECT_EQ(value_of("a$"), "error: a lone '$'; write $$ for a dollar sign, or ${NAME} for a variable");
  EXPECT_EQ(value_of("${PORT"), "error: '${' without its '}'");
  EXPECT_EQ(value_of("${NONE:-${PORT}}"), "error: '${NONE:-${PORT}}' nests; a default is a plain text");
  const std::string how = "' is not understood; write ${NAME}, ${NAME:-default} or ${NAME:?message}";
  for (const std::string text : {"${}", "${1A}", "${A-b}", "${A:b}", "${A B}", "${:-x}", "${A:+x}"})
    EXPECT_EQ(value_of(text), "error: '" + text + how);
}

TEST(Interpolate, DoesNotGrowWithoutBounds) {
  const Environment environment{{"A", std::string(kLongestValue, 'a')}};
  EXPECT_TRUE(interpolate("${A}", environment));
  EXPECT_EQ(interpolate("${A}${A}", environment).error().message, "this becomes longer than 64 KiB");
}

TEST(Interpolate, ReportsEachPlaceOfATree) {
  const std::string_view text = "a: x ${NONE}\nb: [\"$${PORT} ${NO}\", ok, \"${PORT}\"]\n${KEY}: c\n";
  Report report("f", text);
  auto root = parse_yaml(text, report);
  ASSERT_TRUE(root);
  interpolate_tree(*root, kEnvironment, report);
  EXPECT_EQ(render(report.take()),
            "f:1:6: the environment variable NONE is not set\na: x ${NONE}\n     ^\n"
            "f:2:15: the environment variable NO is not set\nb: [\"$${PORT} ${NO}\", ok, \"${PORT}\"]\n              ^\n");
  EXPECT_EQ(root->find("a")->value.kind, YamlNode::Kind::refused);
  EXPECT_EQ(root->find("b")->value.items[2].text, "9001");
  EXPECT_NE(root->find("${KEY}"), nullptr);  // keys stay as they are
}

}  // namespace
}  // namespace rota
