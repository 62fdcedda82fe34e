// The trace that a request belongs to, as its traceparent field names it.
#pragma once

#include <string_view>

namespace rota {

// The trace-id of a W3C traceparent value (Trace Context, section 3.2), or empty where it does not follow the grammar of version 00:
// 2 hex digits but not ff, '-', 32 not all zero, '-', 16 not all zero, '-', 2; lower case only. Views the argument.
std::string_view trace_id_of(std::string_view traceparent);

}  // namespace rota
