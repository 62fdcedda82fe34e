#include "app/admin_url.h"

#include <fmt/format.h>

namespace rota {

Parsed<Address> parse_admin_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://"))
    return std::unexpected(fmt::format("'{}': the admin API speaks http; write http:// or unix:/path", text));
  if (!text.starts_with(kScheme)) return Address::to_connect(text);
  std::string_view authority = text.substr(kScheme.size());
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.empty()) return std::unexpected(fmt::format("'{}' has no host; write {}", text, kDefaultAdminUrl));
  if (authority.find('/') != std::string_view::npos) {
    return std::unexpected(fmt::format("'{}' has a path; only the host is needed: {}", text, kDefaultAdminUrl));
  }
  const std::size_t port = authority.find(':', authority.starts_with('[') ? authority.find(']') : 0);
  return Address::to_connect(port == std::string_view::npos ? fmt::format("{}:80", authority) : std::string(authority));
}

}  // namespace rota
