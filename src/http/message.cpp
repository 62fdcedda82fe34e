#include "http/message.h"

#include "http/text.h"

namespace rota::http {
bool ConnectionOptions::read(std::string_view value) {
  return for_each_in_list(value, [this](std::string_view option) {
    if (option.empty()) return true;  // RFC 9110 section 5.6.1.2: empty elements are ignored
    if (!is_token(option)) return false;
    if (equals_lower(option, "close")) return close = true;
    if (equals_lower(option, "keep-alive")) return keep_alive = true;
    if (equals_lower(option, "upgrade")) return upgrade = true;
    if (listed_count == kMost) return false;
    listed[listed_count++] = option;
    return true;
  });
}

std::optional<std::uint64_t> read_content_length(std::string_view value) {
  constexpr std::size_t kMostDigits = 18;  // below 2^63 whatever they are
  if (value.empty() || value.size() > kMostDigits || (value.size() > 1 && value.front() == '0')) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

TransferCoding read_transfer_encoding(std::string_view value) {
  if (equals_lower(value, "chunked")) [[likely]]
    return TransferCoding::chunked;
  bool chunked_before = false;
  const bool well_formed = for_each_in_list(value, [&](std::string_view coding) {
    if (!is_token(coding) || chunked_before) return false;  // nothing may follow chunked
    chunked_before = equals_lower(coding, "chunked");
    return true;
  });
  return well_formed ? TransferCoding::unknown : TransferCoding::invalid;
}

void drop_listed(FieldList& fields, const ConnectionOptions& connection) {
  if (connection.listed_count == 0) return;
  for (Field& field : fields) {
    if (field.id != FieldId::other) continue;
    for (std::size_t i = 0; i < connection.listed_count; ++i) {
      if (equals_without_case(fields.name(field), connection.listed[i])) field.dropped = true;
    }
  }
}

}  // namespace rota::http
