#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <ranges>

#include "config/schema.h"
#include "config/schema_docs.h"

namespace rota {
namespace {

using Json = nlohmann::ordered_json;

// A pattern that lets a value with a variable in it pass: what it becomes, only rota knows.
std::string or_variable(std::string_view pattern) { return fmt::format("^(?=.)({}|.*\\$\\{{.*)$", pattern); }

// An empty text may pass, too.
Json text_like_or_empty(std::string_view pattern) { return {{"type", "string"}, {"pattern", fmt::format("^({}|.*\\$\\{{.*)?$", pattern)}}; }

Json text_like(std::string_view pattern) { return {{"type", "string"}, {"pattern", or_variable(pattern)}}; }

Json number(std::uint64_t min, std::uint64_t max) {
  Json whole{{"type", "integer"}, {"minimum", min}};
  if (max != UINT64_MAX) whole["maximum"] = max;
  return whole;
}

Json address() {
  return {{"type", "string"}, {"examples", Json::array({"127.0.0.1:8080", "[::1]:8080", "app.internal:8080", "unix:/run/app.sock"})}};
}

Json object(Json properties, Json required = Json::array()) {
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json text_or_list(Json entry) {
  Json list{{"type", "array"}, {"items", entry}};
  return {{"anyOf", {std::move(entry), std::move(list)}}};
}

template <class Owner>
struct Value {
  Json operator()(const DurationField<Owner>& field) const {
    constexpr std::string_view kUnits = "([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?([0-9]+us)?";
    return text_like(field.may_be_off ? fmt::format("off|{}", kUnits) : std::string(kUnits));
  }
  Json operator()(const SizeField<Owner>& field) const {
    constexpr std::string_view kUnits = "[0-9]+(B|KiB|MiB|GiB|kB|MB|GB)";
    return text_like(field.may_be_off ? fmt::format("off|{}", kUnits) : std::string(kUnits));
  }
  Json operator()(const WholeField<Owner>& field) const {
    return {{"anyOf", {number(field.min, field.max), text_like(field.may_be_off ? "off|[0-9]+" : "[0-9]+")}}};
  }
  Json operator()(const PercentField<Owner>& field) const { return text_like(field.may_be_off ? "off|[0-9]+%" : "[0-9]+%"); }
  Json operator()(const PortField<Owner>&) const { return {{"anyOf", {number(1, 65535), text_like_or_empty("[0-9]+")}}}; }
  Json operator()(const TargetField<Owner>&) const { return text_like_or_empty("/[^#]*"); }
  Json operator()(const HostField<Owner>&) const { return {{"type", "string"}, {"examples", Json::array({"app.internal", "app:8080"})}}; }
  Json operator()(const SecretField<Owner>& field) const {
    Json secret = text_like_or_empty(fmt::format("[!-~]{{{},{}}}", field.min, field.max));
    secret["writeOnly"] = true;
    return secret;
  }
  Json operator()(const AddressField<Owner>&) const { return address(); }
  Json operator()(const WorkersField<Owner>& field) const { return {{"anyOf", {number(1, field.max), text_like("auto|[0-9]+")}}}; }
  Json operator()(const ChoiceField<Owner>& field) const {
    Json names = Json::array();
    for (const std::string_view name : field.names) names.push_back(name);
    return {{"anyOf", {Json{{"enum", std::move(names)}}, text_like("")}}};
  }
  Json operator()(const PathField<Owner>&) const { return {{"type", "string"}}; }
  Json operator()(const NamesField<Owner>&) const { return text_or_list({{"type", "string"}}); }
  Json operator()(const HostsField<Owner>&) const { return text_or_list({{"type", "string"}}); }
  Json operator()(const StatusField<Owner>&) const {
    Json entry{{"anyOf", {number(200, 599), text_like("[2-5][0-9][0-9](-[2-5][0-9][0-9])?")}}};
    return {
        {"anyOf", {number(200, 599), text_like("[2-5][0-9 ,-]+"), Json{{"type", "array"}, {"minItems", 1}, {"items", std::move(entry)}}}}};
  }
  Json operator()(const SetField<Owner>& field) const {
    Json names = Json::array();
    for (const std::string_view name : field.names) {
      names.push_back(name);
      if (const auto number = parse_whole(name)) names.push_back(*number);  // as an editor reads it
    }
    const std::string name = fmt::format("({})", fmt::join(field.names, "|"));
    const Json one{{"enum", std::move(names)}};
    Json list{{"type", "array"}, {"items", {{"anyOf", {one, text_like("")}}}}};
    return {{"anyOf", {one, text_like_or_empty(fmt::format("off|{}( *, *{})*", name, name)), std::move(list)}}};
  }
  Json operator()(const ListenField<Owner>&) const {
    const Json entry{{"anyOf", {address(), object({{"address", address()}}, {"address"})}}};
    return {{"anyOf", {entry, Json{{"type", "array"}, {"minItems", 1}, {"items", entry}}}}};
  }
};

// Puts each key at its place: a.b becomes properties.a.properties.b.
template <class Owner>
void add_keys(Json& properties, std::span<const Key<Owner>> keys) {
  for (const Key<Owner>& key : keys) {
    Json* place = &properties;
    std::string_view rest = key.path;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      Json& section = (*place)[std::string(rest.substr(0, dot))];
      if (section.is_null()) section = object(Json::object());
      place = &section["properties"];
      rest.remove_prefix(dot + 1);
    }
    Json value = std::visit(Value<Owner>{}, key.field);
    value["description"] = key.doc;
    value["default"] = key.fallback;
    (*place)[std::string(rest)] = std::move(value);
  }
}

Json instances() {
  const Json detailed = object({{"address", address()}, {"weight", number(1, kHeaviest)}}, {"address"});
  return {{"type", "array"},
          {"minItems", 1},
          {"items", {{"anyOf", {address(), detailed}}}},
          {"description", "The running copies of the service."}};
}

Json routes(const Json& timeouts) {
  Json route{{"host", {{"type", "string"}, {"examples", Json::array({"api.example.com", "*.example.com"})}}},
             {"path", {{"type", "string"}, {"pattern", or_variable("/[^?#*]*")}, {"examples", Json::array({"/api/"})}}},
             {"service", {{"type", "string"}, {"description", "The name of one of `services`."}}},
             {"timeouts", timeouts}};
  return {{"type", "array"},
          {"minItems", 1},
          {"items", object(std::move(route), {"service"})},
          {"description", "Which service takes a request, by its host and path."}};
}

}  // namespace

std::string json_schema() {
  Json settings = Json::object();
  add_keys(settings, service_keys());
  for (const Switch& one : service_switches()) {
    Json& section = settings[std::string(one.section)];
    section = {{"anyOf", {Json{{"enum", Json::array({"off"})}, {"description", fmt::format("Off: {}.", one.doc)}}, section}}};
  }
  Json service = settings;
  service["instances"] = instances();
  Json properties = Json::object();
  add_keys(properties, global_keys());
  properties["defaults"] = object(settings);
  properties["defaults"]["description"] = "What holds for every service that does not say otherwise.";
  properties["services"] = {{"type", "object"},
                            {"description", "The services by name."},
                            {"minProperties", 1},
                            {"propertyNames", {{"pattern", kServiceNamePattern}}},
                            {"additionalProperties", object(std::move(service), {"instances"})}};
  properties["routes"] = routes(settings["timeouts"]);
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "rota.yaml"}};
  schema.update(object(std::move(properties), {"services"}));
  return schema.dump(2) + "\n";
}

}  // namespace rota
