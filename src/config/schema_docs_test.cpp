#include "config/schema_docs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "config/environment.h"
#include "config/load.h"
#include "config/schema.h"

namespace rota {
namespace {

TEST(SchemaDocs, TellOfEveryKey) {
  const std::string text = markdown();
  for (const auto& key : global_keys()) {
    EXPECT_NE(text.find("`" + std::string(key.path) + "`"), std::string::npos) << key.path;
    EXPECT_NE(text.find("`" + variable_name(key.path) + "`"), std::string::npos) << key.path;
    EXPECT_NE(text.find(key.doc), std::string::npos) << key.path;
  }
  for (const auto& key : service_keys()) EXPECT_NE(text.find("`defaults." + std::string(key.path) + "`"), std::string::npos) << key.path;
  for (const Switch& one : service_switches())
    EXPECT_NE(text.find("`" + std::string(one.section) + ": off`"), std::string::npos) << one.section;
}

TEST(SchemaDocs, ShowAnExampleThatLoads) {
  const std::string text = markdown();
  const std::size_t start = text.find("```yaml\n") + 8;
  const auto loaded = parse_config(text.substr(start, text.find("```", start) - start), "example", {});
  ASSERT_TRUE(loaded) << render(loaded.error());
  EXPECT_TRUE(loaded->warnings.empty());
  EXPECT_EQ(loaded->config.services[0].instances.size(), 3u);
  EXPECT_EQ(loaded->config.routes.size(), 3u);
}

TEST(SchemaDocs, AreASchemaForEditors) {
  const auto schema = nlohmann::json::parse(json_schema());
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema["properties"]["limits"]["properties"]["idle"]["default"], "1m15s");
  EXPECT_EQ(schema["properties"]["limits"]["additionalProperties"], false);
  const auto& service = schema["properties"]["services"]["additionalProperties"];
  EXPECT_EQ(service["required"], nlohmann::json::array({"instances"}));
  EXPECT_EQ(service["properties"]["timeouts"]["properties"]["connect"]["default"], "1s");
  EXPECT_FALSE(schema["properties"]["defaults"]["properties"].contains("instances"));
  // A section that may be off is that word or a mapping.
  const auto& breaker = service["properties"]["breaker"]["anyOf"];
  EXPECT_EQ(breaker[0]["enum"], nlohmann::json::array({"off"}));
  EXPECT_EQ(breaker[1]["properties"]["ratio"]["default"], "50%");
  EXPECT_EQ(breaker[1]["additionalProperties"], false);
  EXPECT_EQ(service["properties"]["health"]["properties"]["path"]["type"], "string");
  EXPECT_EQ(schema["properties"]["admin"]["properties"]["token"]["writeOnly"], true);
  EXPECT_EQ(schema["properties"]["admin"]["properties"]["token"]["default"], "");
  const auto& route = schema["properties"]["routes"]["items"];
  EXPECT_EQ(route["required"], nlohmann::json::array({"service"}));
  EXPECT_EQ(route["additionalProperties"], false);
  EXPECT_EQ(route["properties"]["timeouts"], service["properties"]["timeouts"]);
}

}  // namespace
}  // namespace rota
