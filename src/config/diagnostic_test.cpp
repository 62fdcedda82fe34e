#include "config/diagnostic.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rota {
namespace {

TEST(Diagnostic, ShowsTheLineACaretAndAHint) {
  const Diagnostic diagnostic{.file = "rota.yaml",
                              .line = 3,
                              .column = 5,
                              .message = "unknown key 'strateg' in 'defaults'",
                              .line_text = "    strateg: random",
                              .hint = "did you mean 'strategy'?"};
  EXPECT_EQ(render(diagnostic),
            "rota.yaml:3:5: unknown key 'strateg' in 'defaults'\n"
            "    strateg: random\n"
            "    ^\n"
            "did you mean 'strategy'?\n");
}

TEST(Diagnostic, OutsideAFileIsOneLine) {
  EXPECT_EQ(render(Diagnostic{.file = "ROTA_WORKERS", .message = "a value is expected"}), "ROTA_WORKERS: a value is expected\n");
}

TEST(Diagnostic, ShowsWhatATerminalWouldObeyAsHarmlessCharacters) {
  const Diagnostic diagnostic{
      .file = "a\nb", .line = 1, .column = 4, .message = "'\x1b[2J'", .line_text = "\ta\x1b\xc2\x9b\xe2\x80\xae\xff\xc3\xa9:"};
  EXPECT_EQ(render(diagnostic),
            "a?b:1:4: '?[2J'\n"
            " a????\xc3\xa9:\n"
            "   ^\n");
}

TEST(Diagnostic, CutsALongLineAroundItsColumn) {
  std::string line = std::string(500, 'a') + "X" + std::string(500, 'b');
  const std::string far = render(Diagnostic{.file = "f", .line = 1, .column = 501, .message = "m", .line_text = line});
  EXPECT_EQ(far, "f:1:501: m\n..." + std::string(60, 'a') + "X" + std::string(39, 'b') + "...\n" + std::string(63, ' ') + "^\n");
  const std::string near = render(Diagnostic{.file = "f", .line = 1, .column = 1, .message = "m", .line_text = line});
  EXPECT_EQ(near, "f:1:1: m\n" + std::string(100, 'a') + "...\n^\n");
}

TEST(Diagnostic, CountsCharactersAndNotBytes) {
  EXPECT_EQ(render(Diagnostic{.file = "f", .line = 1, .column = 3, .message = "m", .line_text = "\xc3\xa9\xc3\xa9X"}),
            "f:1:3: m\n\xc3\xa9\xc3\xa9X\n  ^\n");
}

TEST(Diagnostic, IsJsonForEditors) {
  const Diagnostic diagnostic{.file = "rota.yaml", .line = 3, .column = 5, .message = "bad \xff", .line_text = "x", .hint = "h"};
  const auto expected = nlohmann::json::parse(R"({"file":"rota.yaml","line":3,"column":5,"message":"bad ?","hint":"h"})");
  EXPECT_EQ(diagnostic_json(diagnostic), expected);
  EXPECT_NO_THROW(diagnostic_json(diagnostic).dump());
}

}  // namespace
}  // namespace rota
