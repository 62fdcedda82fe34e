// A config file as a tree in which every value knows where it stands. Reads the plain part of YAML that configs need, and refuses what
// makes a file mean something else than it seems to: duplicate keys, anchors, aliases, tags, several documents. Values stay texts; what
// `off` or `8080` is, the schema says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/report.h"

namespace rota {

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping, refused };  // refused: already reported, so readers pass it over in silence

  Kind kind = Kind::null;
  std::string text;     // of a scalar
  bool quoted = false;  // or a block scalar: anything but plain
  Position position;
  std::vector<YamlNode> items;     // of a sequence
  std::vector<YamlEntry> entries;  // of a mapping, in the file's order, each key once

  // nullptr if there is none. The pointer lives as long as this node is left alone.
  const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Position position;  // the key's
  YamlNode value;
};

inline constexpr std::size_t kLargestYaml = 1024 * 1024;
inline constexpr int kDeepestYaml = 32;

// What is wrong goes to `report`. nullopt: there is no tree; otherwise whatever can be read is in it, so that the schema can go on looking.
std::optional<YamlNode> parse_yaml(std::string_view text, Report& report);

}  // namespace rota
