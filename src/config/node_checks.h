// What a reader of the tree asks of a node, and the messages where it is something else.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/checked.h"
#include "config/report.h"
#include "config/yaml.h"

namespace rota {

// For messages: "a list".
std::string_view name_of(YamlNode::Kind kind);

// Whether `node` is a mapping with something in it. An empty one is fine anywhere: its keys may all be commented out.
bool is_section(const YamlNode& node, std::string_view where, Report& report);

// Whether `node` is a scalar; `where` names its key.
bool is_value(const YamlNode& node, std::string_view where, Report& report);

void report_value(const YamlNode& node, Checked result, Report& report);

// The path of `key` below `where`, which may be empty.
std::string joined(std::string_view where, std::string_view key);

// `where`: the section, empty for the top of the file; `known`: what may stand there.
void report_unknown(const YamlEntry& entry, std::string_view where, std::span<const std::string_view> known, Report& report);

}  // namespace rota
