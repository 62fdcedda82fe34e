#include "config/yaml.h"

#include <gtest/gtest.h>

namespace rota {
namespace {

// What is wrong with `text`, as a person sees it; empty if nothing is.
std::string errors_of(std::string_view text) {
  Report report("f", text);
  parse_yaml(text, report);
  return render(report.take());
}

YamlNode tree_of(std::string_view text) {
  Report report("f", text);
  auto root = parse_yaml(text, report);
  EXPECT_TRUE(root && report.is_empty()) << render(report.take());
  return root.value_or(YamlNode{});
}

TEST(Yaml, KnowsWhereEverythingStands) {
  const YamlNode root = tree_of("# comment\nlisten: :80\nlimits:\n  idle: '5s'\nlist: [a, {b: c}]\n");
  ASSERT_EQ(root.entries.size(), 3u);
  EXPECT_EQ(root.entries[0].position, (Position{2, 1}));
  EXPECT_EQ(root.entries[0].value.position, (Position{2, 9}));
  EXPECT_EQ(root.entries[0].value.text, ":80");
  const YamlEntry* idle = root.find("limits")->value.find("idle");
  EXPECT_EQ(idle->position, (Position{4, 3}));
  EXPECT_EQ(idle->value.text, "5s");
  EXPECT_TRUE(idle->value.quoted);
  const YamlNode& list = root.find("list")->value;
  EXPECT_EQ(list.items[0].text, "a");
  EXPECT_EQ(list.items[1].entries[0].value.position, (Position{5, 15}));
  EXPECT_EQ(root.find("nothing"), nullptr);
}

TEST(Yaml, TellsNothingFromAnEmptyText) {
  const YamlNode root = tree_of("a:\nb: ~\nc: null\nd: ''\ne: 'null'\n");
  for (const char* key : {"a", "b", "c"}) EXPECT_EQ(root.find(key)->value.kind, YamlNode::Kind::null) << key;
  for (const char* key : {"d", "e"}) EXPECT_EQ(root.find(key)->value.kind, YamlNode::Kind::scalar) << key;
  EXPECT_EQ(tree_of("").kind, YamlNode::Kind::null);
  EXPECT_EQ(tree_of("# only a comment\n").kind, YamlNode::Kind::null);
}

TEST(Yaml, ReadsAddressesInFlowLists) {
  const YamlNode root = tree_of("[127.0.0.1:9001, 127.0.0.1:9002]");
  ASSERT_EQ(root.items.size(), 2u);
  EXPECT_EQ(root.items[1].text, "127.0.0.1:9002");
}

TEST(Yaml, PointsAtASyntaxError) {
  EXPECT_EQ(errors_of("a: b: c\n"), "f:1:5: not valid YAML: mapping values are not allowed in this context\na: b: c\n    ^\n");
  EXPECT_EQ(
      errors_of("a:\n\tb: c\n"),
      "f:2:1: not valid YAML: found character that cannot start any token\n b: c\n^\nindent with spaces; a tab may not begin a token\n");
  EXPECT_EQ(errors_of("a: [1\nb: 2\n"),
            "f:2:2: not valid YAML: did not find expected ',' or ']' (while parsing a flow sequence that begins at line 1)\nb: 2\n ^\n");
  EXPECT_EQ(errors_of("- [::1]:80\n"),
            "f:1:4: not valid YAML: did not find expected node content\n- [::1]:80\n   ^\nan IPv6 address needs quotes: \"[::1]:8080\"\n");
}

TEST(Yaml, HelpsWithWhatNeedsQuotes) {
  EXPECT_EQ(errors_of("a: [:80]\n"),
            "f:1:5: not valid YAML: did not find expected node content\na: [:80]\n    ^\n"
            "inside [ ] and { } a leading colon needs quotes: \":8080\"\n");
  EXPECT_EQ(errors_of("a: [${B}]\n"),
            "f:1:6: not valid YAML: did not find expected ',' or ']'\na: [${B}]\n     ^\n"
            "inside [ ] and { } a variable needs quotes: \"${VAR}\"\n");
}

TEST(Yaml, PointsAtABadByte) {
  EXPECT_EQ(errors_of("a: 1\nb: \xff\n"), "f:2:4: not valid YAML: invalid leading UTF-8 octet\nb: ?\n   ^\na config file is UTF-8 text\n");
  EXPECT_EQ(errors_of("a: \x01\n"), "f:1:4: not valid YAML: control characters are not allowed\na: ?\n   ^\na config file is UTF-8 text\n");
}

TEST(Yaml, RefusesADuplicateKeyAndGoesOn) {
  EXPECT_EQ(errors_of("a: 1\nb: 2\na: 3\nb: 4\n"),
            "f:3:1: duplicate key 'a'; it stands at line 1 already\na: 3\n^\n"
            "f:4:1: duplicate key 'b'; it stands at line 2 already\nb: 4\n^\n");
}

TEST(Yaml, RefusesWhatMakesAFileMeanSomethingElse) {
  EXPECT_EQ(errors_of("a: &x 1\nb: *x\n"),
            "f:1:4: anchors (&name) are not supported; write the value out where it is needed\na: &x 1\n   ^\n"
            "f:2:4: aliases (*name) are not supported; write the value out\nb: *x\n   ^\n");
  EXPECT_EQ(errors_of("a: !!int 1\n"),
            "f:1:4: tags (!name) are not supported; a text that begins with '!' needs quotes\na: !!int 1\n   ^\n");
  EXPECT_EQ(errors_of("a: 1\n---\nb: 1\n"), "f:2:1: a second document begins here; a config file is one\n---\n^\n");
  EXPECT_EQ(errors_of("[a, b]: 1\n"), "f:1:1: a key is a plain word\n[a, b]: 1\n^\n");
  EXPECT_EQ(errors_of("? ''\n: 1\n"), "f:1:3: a key is missing before ':'\n? ''\n  ^\n");
}

TEST(Yaml, RefusesWhatIsTooDeepOrTooLarge) {
  EXPECT_EQ(errors_of(std::string(31, '[') + "1" + std::string(31, ']')), "");
  EXPECT_EQ(errors_of(std::string(33, '[') + std::string(33, ']')).substr(0, 42), "f:1:33: nested more than 32 levels deep\n[[");
  EXPECT_NE(errors_of(std::string(500'000, '[')), "");
  EXPECT_EQ(errors_of("#" + std::string(kLargestYaml, 'a')), "f: larger than 1 MiB; that is no config file\n");
  EXPECT_EQ(errors_of("#" + std::string(kLargestYaml - 1, 'a')), "");
}

TEST(Yaml, FindsThePlaceWhateverEndsALine) {
  for (const char* end : {"\n", "\r\n", "\r", "\xc2\x85", "\xe2\x80\xa8"}) {
    const std::string text = std::string("a: 1") + end + "b: &x 1" + end;
    EXPECT_EQ(errors_of(text), "f:2:4: anchors (&name) are not supported; write the value out where it is needed\nb: &x 1\n   ^\n");
  }
}

TEST(Yaml, StopsReportingAfterTwenty) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a: 1\n";
  Report report("f", text);
  parse_yaml(text, report);
  EXPECT_EQ(report.take().size(), Report::kMost);
}

}  // namespace
}  // namespace rota
