// Whether a JSON value is as a schema of an OpenAPI 3.1 document says: the keywords that openapi.json uses, and loudly no others. Stricter than JSON Schema in
// one thing: an object has no property that its schema does not name.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace rota::test {

class JsonSchema {
 public:
  using json = nlohmann::json;

  explicit JsonSchema(json document) : document_(std::move(document)) {}

  // What is wrong with it, each with its place; empty: nothing is. `name`: of components/schemas.
  std::vector<std::string> complaints(const json& value, const std::string& name) const {
    std::vector<std::string> found;
    check(value, document_.at("components").at("schemas").at(name), name, found);
    return found;
  }

 private:
  using Complaints = std::vector<std::string>;

  const json& resolved(const json& reference) const {
    return document_.at(json::json_pointer(reference.get<std::string>().substr(1)));  // "#/components/…"
  }

  static bool is_of(const json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    return false;
  }

  static bool is_date_time(const std::string& text) {
    static const std::string kShape = "0000-00-00T00:00:00.000Z";
    if (text.size() != kShape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (kShape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != kShape[i]) return false;
    }
    return true;
  }

  void check(const json& value, const json& schema, const std::string& at, Complaints& found) const {
    static const std::set<std::string> kKnown{"type",  "description", "required", "properties", "additionalProperties",
                                              "items", "enum",        "minimum",  "maximum",    "format",
                                              "$ref",  "allOf",       "default"};
    for (const auto& [keyword, unused] : schema.items()) {
      if (!kKnown.contains(keyword)) found.push_back(at + ": the schema has an unknown keyword " + keyword);
    }
    if (schema.contains("$ref")) check(value, resolved(schema["$ref"]), at, found);
    if (schema.contains("allOf")) {
      for (const json& each : schema["allOf"]) check(value, each, at, found);
    }
    if (schema.contains("type")) check_type(value, schema["type"], at, found);
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
      found.push_back(at + ": " + value.dump() + " is none of the enum");
    }
    if (value.is_number()) check_range(value, schema, at, found);
    if (value.is_string() && schema.contains("format") && !is_date_time(value)) found.push_back(at + ": no date-time: " + value.dump());
    if (value.is_object()) check_object(value, schema, at, found);
    if (value.is_array() && schema.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) check(value[i], schema["items"], at + "[" + std::to_string(i) + "]", found);
    }
  }

  static void check_type(const json& value, const json& types, const std::string& at, Complaints& found) {
    const bool fits = types.is_string()
                          ? is_of(value, types)
                          : std::ranges::any_of(types, [&](const json& type) { return is_of(value, type.get<std::string>()); });
    if (!fits) found.push_back(at + ": " + value.dump().substr(0, 60) + " is no " + types.dump());
  }

  static void check_range(const json& value, const json& schema, const std::string& at, Complaints& found) {
    const double number = value;
    const bool low = schema.contains("minimum") && number < schema["minimum"].get<double>();
    const bool high = schema.contains("maximum") && number > schema["maximum"].get<double>();
    if (low || high) found.push_back(at + ": " + value.dump() + " is out of range");
  }

  void check_object(const json& value, const json& schema, const std::string& at, Complaints& found) const {
    for (const json& name : schema.value("required", json::array())) {
      if (!value.contains(name.get<std::string>())) found.push_back(at + ": " + name.get<std::string>() + " is missing");
    }
    const bool has_shape = schema.contains("properties") || schema.contains("additionalProperties");
    if (!has_shape) return;
    for (const auto& [name, member] : value.items()) {
      const std::string there = at + "." + name;
      if (schema.contains("properties") && schema["properties"].contains(name)) {
        check(member, schema["properties"][name], there, found);
      } else if (schema.contains("additionalProperties")) {
        check(member, schema["additionalProperties"], there, found);
      } else {
        found.push_back(there + " is not described");
      }
    }
  }

  json document_;
};

}  // namespace rota::test
