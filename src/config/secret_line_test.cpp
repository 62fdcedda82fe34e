// A secret is in no message, whatever is wrong with the file around it.
#include "config/secret_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/field.h"
#include "config/load.h"
#include "config/schema_docs.h"

namespace rota {
namespace {

constexpr std::string_view kSecret = "hunter2hunter2";
constexpr std::string_view kServices = "services: { app: { instances: [127.0.0.1:9001] } }\n";

TEST(SecretLine, ShowsNoLineWithASecretsOwnValue) {
  for (const char* line : {"token: x", "  token:x", "admin: { listen: y, token: \"x\" }", "\"token\": x", "'token' : 'x'", "# token: x",
                           "token: \"${A:-x}\"", "token: ${A}x", "token: x${A}", "{ token: ${A}, token: x }"}) {
    EXPECT_TRUE(shows_secret(line)) << line;
  }
  for (const char* line : {"", "token", "token:", "token: ", "my-token: x", "tokens: x", "a token", "listen: x", "token: ${A}",
                           "admin: { token: \"${A:-}\", listen: x }", "token: ${A:?not set}", "token: '${A}'  # who asks"}) {
    EXPECT_FALSE(shows_secret(line)) << line;
  }
}

// Each file has something wrong with it, in the line of the secret or beside it.
TEST(Secret, IsInNoMessage) {
  const std::string secret(kSecret);
  const std::vector<std::string> files{
      "admin: { token: \"" + secret + " \" }\n",
      "admin: { token: " + secret + " , listen: nowhere }\n",
      "admin: { token: [" + secret + "] }\n",
      "admin: { token: { a: " + secret + " } }\n",
      "admin: { token: " + secret + ", token: " + secret + " }\n",
      "admin: { token: " + secret + "\n",
      "admin: { token: &" + secret + " x }\n",
      "admin: { token: *" + secret + " }\n",
      "admin: { token: !" + secret + " x }\n",
      "admin:\n  token:\n    " + secret + " x\n",
      "admin:\n  token: |\n    " + secret + " x\n",
      "admin: { tokn: " + secret + " }\n",
      "admin: { tokn: " + secret + ", listen: nowhere }\n",
      "admin:\n  tokn:\n    " + secret + "\n  listen: x\n",
      "admin: { token: \"" + secret + "$\" }\n",
  };
  for (const std::string& file : files) {
    const auto loaded = parse_config(file + std::string(kServices), "f", {});
    ASSERT_FALSE(loaded) << file;
    EXPECT_EQ(render(loaded.error()).find(kSecret), std::string::npos) << render(loaded.error());
    for (const Diagnostic& diagnostic : loaded.error()) EXPECT_EQ(diagnostic_json(diagnostic).dump().find(kSecret), std::string::npos);
  }
}

TEST(Secret, IsNotRepeatedByTheVariableThatHoldsIt) {
  const auto loaded = parse_config(kServices, "f", {{"ROTA_ADMIN_TOKEN", std::string(kSecret) + "\n"}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(render(loaded.error()), "ROTA_ADMIN_TOKEN: this must be 8 to 1024 visible ASCII characters, without spaces\n");
}

// The position stays; and what is wrong elsewhere is shown as ever.
TEST(Secret, HidesNoMoreThanItsLine) {
  const auto loaded = parse_config("admin:\n  token: short\n  listen: x\n" + std::string(kServices), "f", {});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(render(loaded.error()),
            "f:2:10: this must be 8 to 1024 visible ASCII characters, without spaces\n"
            "f:3:11: 'x' has no port; write x:8080\n  listen: x\n          ^\n");
  const auto reference = parse_config("admin: { listen: x, token: \"${T:-}\" }\n" + std::string(kServices), "f", {});
  ASSERT_FALSE(reference);
  EXPECT_EQ(render(reference.error()),
            "f:1:18: 'x' has no port; write x:8080\nadmin: { listen: x, token: \"${T:-}\" }\n                 ^\n");
}

TEST(Secret, IsTakenAsItIsWritten) {
  const auto token_of = [](const std::string& value, const Environment& environment = {}) {
    const auto loaded = parse_config("admin: { token: " + value + " }\n" + std::string(kServices), "f", environment);
    return loaded ? loaded->config.admin.token : render(loaded.error());
  };
  EXPECT_EQ(token_of("12345678"), "12345678");
  EXPECT_EQ(token_of("\"a,b:c{d}~!#\""), "a,b:c{d}~!#");
  EXPECT_EQ(token_of("\"${T:-}\""), "");
  EXPECT_EQ(token_of("\"${T}\"", {{"T", "from-a-variable"}}), "from-a-variable");
  EXPECT_EQ(token_of("in-the-file", {{"ROTA_ADMIN_TOKEN", "over-the-file"}}), "over-the-file");
  EXPECT_EQ(token_of("'" + std::string(1024, 'a') + "'"), std::string(1024, 'a'));
  for (const std::string& refused :
       {std::string("1234567"), std::string("'with space'"), std::string(1025, 'a'), std::string("caf\xc3\xa9-caf\xc3\xa9")}) {
    EXPECT_NE(token_of(refused).find("this must be 8 to 1024 visible"), std::string::npos) << refused;
  }
}

}  // namespace
}  // namespace rota
