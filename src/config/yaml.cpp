#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <unordered_map>

#include "base/check.h"

namespace rota {
namespace {

struct Event {
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&raw); }

  yaml_event_t raw{};
};

Position position_of(const yaml_mark_t& mark) {
  return {.line = static_cast<int>(mark.line) + 1, .column = static_cast<int>(mark.column) + 1};
}

bool is_null(std::string_view text) { return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL"; }

YamlNode node_at(const yaml_event_t& event, YamlNode::Kind kind) {
  YamlNode node;
  node.kind = kind;
  node.position = position_of(event.start_mark);
  return node;
}

// libyaml's events, turned into a tree by recursive descent. Every parse function gets the event that begins its part; nullopt means that
// reading has come to its end, with the reason reported.
class Reader {
 public:
  Reader(std::string_view text, Report& report) : report_(report) {
    CHECK(yaml_parser_initialize(&parser_) == 1);  // fails only without memory
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  std::optional<YamlNode> parse_file();

 private:
  bool next(Event& event);
  void report_syntax_error();
  std::string_view syntax_hint(Position position) const;
  std::optional<YamlNode> parse_node(const yaml_event_t& event, int depth);
  std::optional<YamlNode> parse_scalar(const yaml_event_t& event);
  std::optional<YamlNode> parse_sequence(const yaml_event_t& event, int depth);
  std::optional<YamlNode> parse_mapping(const yaml_event_t& event, int depth);
  std::optional<std::string> parse_key(const yaml_event_t& event);
  void refuse_extras(const yaml_event_t& event, const unsigned char* anchor, const unsigned char* tag);

  Report& report_;
  yaml_parser_t parser_{};
};

bool Reader::next(Event& event) {
  if (yaml_parser_parse(&parser_, &event.raw) == 1) return true;
  report_syntax_error();
  return false;
}

void Reader::report_syntax_error() {
  const std::string_view problem = parser_.problem == nullptr ? "it cannot be read" : parser_.problem;
  if (parser_.error == YAML_READER_ERROR) {  // a byte, not a word: it has an offset instead of a mark
    report_.at(report_.position_of(parser_.problem_offset), fmt::format("not valid YAML: {}", problem), "a config file is UTF-8 text");
    return;
  }
  const Position position = position_of(parser_.problem_mark);
  std::string message = fmt::format("not valid YAML: {}", problem);
  if (parser_.context != nullptr && position_of(parser_.context_mark).line != position.line) {
    message += fmt::format(" ({} that begins at line {})", parser_.context, position_of(parser_.context_mark).line);
  }
  report_.at(position, std::move(message), std::string(syntax_hint(position)));
}

// The mistakes that people make who do not know YAML by heart.
std::string_view Reader::syntax_hint(Position position) const {
  const auto stands_in_line = [&](std::string_view what) { return report_.find_in_line({.line = position.line}, what).has_value(); };
  if (report_.find_in_line(position, "\t") == position) return "indent with spaces; a tab may not begin a token";
  if (stands_in_line("[::") || stands_in_line("]:")) return "an IPv6 address needs quotes: \"[::1]:8080\"";
  if (stands_in_line("${")) return "inside [ ] and { } a variable needs quotes: \"${VAR}\"";
  const bool lacks_value = std::string_view(parser_.problem == nullptr ? "" : parser_.problem).contains("node content");
  if (lacks_value && report_.find_in_line(position, ":") == position) return "inside [ ] and { } a leading colon needs quotes: \":8080\"";
  return "";
}

std::optional<YamlNode> Reader::parse_file() {
  YamlNode root;
  for (int documents = 0;;) {
    Event event;
    if (!next(event)) return std::nullopt;
    if (event.raw.type == YAML_STREAM_END_EVENT) return root;
    if (event.raw.type != YAML_DOCUMENT_START_EVENT) continue;  // the stream's start, a document's end
    if (++documents > 1) {
      report_.at(position_of(event.raw.start_mark), "a second document begins here; a config file is one");
      return root;
    }
    Event first;
    if (!next(first)) return std::nullopt;
    auto node = parse_node(first.raw, 1);
    if (!node) return std::nullopt;
    root = *std::move(node);
  }
}

std::optional<YamlNode> Reader::parse_node(const yaml_event_t& event, int depth) {
  if (depth > kDeepestYaml) {
    report_.at(position_of(event.start_mark), fmt::format("nested more than {} levels deep", kDeepestYaml));
    return std::nullopt;
  }
  switch (event.type) {
    case YAML_SCALAR_EVENT:
      return parse_scalar(event);
    case YAML_SEQUENCE_START_EVENT:
      return parse_sequence(event, depth);
    case YAML_MAPPING_START_EVENT:
      return parse_mapping(event, depth);
    default:
      break;
  }
  report_.at(position_of(event.start_mark), "aliases (*name) are not supported; write the value out");
  return node_at(event, YamlNode::Kind::refused);
}

void Reader::refuse_extras(const yaml_event_t& event, const unsigned char* anchor, const unsigned char* tag) {
  if (anchor != nullptr)
    report_.at(position_of(event.start_mark), "anchors (&name) are not supported; write the value out where it is needed");
  if (tag != nullptr) report_.at(position_of(event.start_mark), "tags (!name) are not supported; a text that begins with '!' needs quotes");
}

std::optional<YamlNode> Reader::parse_scalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  refuse_extras(event, scalar.anchor, scalar.tag);
  YamlNode node = node_at(event, YamlNode::Kind::scalar);
  node.text.assign(reinterpret_cast<const char*>(scalar.value), scalar.length);
  node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
  if (!node.quoted && is_null(node.text)) node.kind = YamlNode::Kind::null;
  return node;
}

std::optional<YamlNode> Reader::parse_sequence(const yaml_event_t& event, int depth) {
  refuse_extras(event, event.data.sequence_start.anchor, event.data.sequence_start.tag);
  YamlNode node = node_at(event, YamlNode::Kind::sequence);
  while (true) {
    Event item;
    if (!next(item)) return std::nullopt;
    if (item.raw.type == YAML_SEQUENCE_END_EVENT) return node;
    auto value = parse_node(item.raw, depth + 1);
    if (!value) return std::nullopt;
    node.items.push_back(*std::move(value));
  }
}

std::optional<YamlNode> Reader::parse_mapping(const yaml_event_t& event, int depth) {
  refuse_extras(event, event.data.mapping_start.anchor, event.data.mapping_start.tag);
  YamlNode node = node_at(event, YamlNode::Kind::mapping);
  std::unordered_map<std::string, int> lines;  // where each key stood first
  while (true) {
    Event name;
    if (!next(name)) return std::nullopt;
    if (name.raw.type == YAML_MAPPING_END_EVENT) return node;
    const auto key = parse_key(name.raw);
    if (!key) return std::nullopt;
    const Position position = position_of(name.raw.start_mark);
    Event first;
    if (!next(first)) return std::nullopt;
    auto value = parse_node(first.raw, depth + 1);
    if (!value) return std::nullopt;
    const auto [before, is_new] = lines.emplace(*key, position.line);
    if (is_new) {
      node.entries.push_back({.key = *key, .position = position, .value = *std::move(value)});
    } else {
      report_.at(position, fmt::format("duplicate key '{}'; it stands at line {} already", *key, before->second));
    }
  }
}

std::optional<std::string> Reader::parse_key(const yaml_event_t& event) {
  const Position position = position_of(event.start_mark);
  if (event.type != YAML_SCALAR_EVENT) {
    report_.at(position, "a key is a plain word");
    return std::nullopt;
  }
  const auto& scalar = event.data.scalar;
  refuse_extras(event, scalar.anchor, scalar.tag);
  if (scalar.length == 0) {
    report_.at(position, "a key is missing before ':'");
    return std::nullopt;
  }
  return std::string(reinterpret_cast<const char*>(scalar.value), scalar.length);
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  for (const YamlEntry& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::optional<YamlNode> parse_yaml(std::string_view text, Report& report) {
  if (text.size() > kLargestYaml) {
    report.whole_file("larger than 1 MiB; that is no config file");
    return std::nullopt;
  }
  return Reader(text, report).parse_file();
}

}  // namespace rota
