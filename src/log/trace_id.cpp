#include "log/trace_id.h"

#include <algorithm>

namespace rota {
namespace {

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

}  // namespace

std::string_view trace_id_of(std::string_view traceparent) {
  if (traceparent.size() != 2 + 1 + 32 + 1 + 16 + 1 + 2) return {};
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace_id = traceparent.substr(3, 32);
  const std::string_view parent_id = traceparent.substr(36, 16);
  const std::string_view flags = traceparent.substr(53, 2);
  if (traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return {};
  if (!is_hex(version) || version == "ff" || !is_id(trace_id) || !is_id(parent_id) || !is_hex(flags)) return {};
  return trace_id;
}

}  // namespace rota
