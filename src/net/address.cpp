#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace rota {
namespace {

constexpr std::size_t kMostPathBytes = 107;  // sockaddr_un holds 108 with its final NUL
constexpr std::size_t kMostNameBytes = 253;  // RFC 1035 section 2.3.4, without the root's dot
constexpr std::size_t kMostLabelBytes = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_all_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_digit); }

Parsed<Address> parse_unix(std::string_view whole, std::string_view path) {
  if (path.starts_with("//")) path.remove_prefix(2);
  if (!path.starts_with('/')) return std::unexpected(fmt::format("'{}' needs an absolute path; write unix:/run/app.sock", whole));
  if (path.ends_with('/')) return std::unexpected(fmt::format("'{}' names a directory; write unix:/run/app.sock", whole));
  if (path.size() > kMostPathBytes) {
    return std::unexpected(fmt::format("'{}' is too long a path for a socket; {} bytes are the most", whole, kMostPathBytes));
  }
  if (std::ranges::any_of(path, is_control)) return std::unexpected(fmt::format("'{}' holds a control character", whole));
  return Address{.family = Address::Family::unix_path, .host = std::string(path)};
}

Parsed<std::uint16_t> parse_port(std::string_view whole, std::string_view text, std::uint16_t least) {
  const auto port = parse_whole(text, 65535);
  const bool is_exact = port && (text.size() == 1 || text.front() != '0');
  if (is_exact && *port >= least) return static_cast<std::uint16_t>(*port);
  return std::unexpected(fmt::format("'{}' in '{}' is not a port; {} to 65535 are", text, whole, least));
}

// inet_pton is exact enough (no leading zeros, all four parts) but reads up to a NUL, hence the look at every character first.
std::optional<std::string> canonical_ip(int family, std::string_view text) {
  const auto may_stand = [family](char c) {
    return is_digit(c) || c == '.' || (family == AF_INET6 && (c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
  };
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  std::array<char, INET6_ADDRSTRLEN> canonical{};
  if (!std::ranges::all_of(text, may_stand) || inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  if (inet_ntop(family, bytes.data(), canonical.data(), canonical.size()) == nullptr) return std::nullopt;
  return std::string(canonical.data());
}

bool is_label(std::string_view label) {
  const auto may_stand = [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= kMostLabelBytes && !label.starts_with('-') && !label.ends_with('-') &&
         std::ranges::all_of(label, may_stand);
}

bool is_name(std::string_view text) {
  if (text.size() > kMostNameBytes) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// An IPv4 address or a name. What ends in a number can only be meant as an IPv4 address: no top-level domain is one.
Parsed<Address> parse_host(std::string_view host, std::uint16_t port) {
  if (auto ip = canonical_ip(AF_INET, host)) return Address{.family = Address::Family::ipv4, .port = port, .host = *std::move(ip)};
  const std::string_view last_label = host.substr(host.rfind('.') + 1);  // npos + 1 is 0: the whole
  if (is_all_digits(last_label)) return std::unexpected(fmt::format("'{}' is not an IPv4 address", host));
  if (!is_name(host)) return std::unexpected(fmt::format("'{}' is not a host; write an IP address or a name", host));
  std::string lower(host);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return Address{.family = Address::Family::name, .port = port, .host = std::move(lower)};
}

Parsed<Address> parse_bracketed(std::string_view text, std::uint16_t least_port) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos) return std::unexpected(fmt::format("'{}' lacks its closing bracket; write [::1]:8080", text));
  const std::string_view inside = text.substr(1, close - 1);
  auto ip = canonical_ip(AF_INET6, inside);
  if (!ip) return std::unexpected(fmt::format("'{}' is not an IPv6 address", inside));
  const std::string_view rest = text.substr(close + 1);
  if (!rest.starts_with(':')) return std::unexpected(fmt::format("'{}' has no port; write [{}]:8080", text, inside));
  const auto port = parse_port(text, rest.substr(1), least_port);
  if (!port) return std::unexpected(port.error());
  return Address{.family = Address::Family::ipv6, .port = *port, .host = *std::move(ip)};
}

Parsed<Address> parse(std::string_view text, std::string_view empty_host, std::uint16_t least_port) {
  if (text.empty()) return std::unexpected("an address is expected, such as 127.0.0.1:8080");
  if (text.starts_with("unix:")) return parse_unix(text, text.substr(5));
  if (text.contains("://")) {
    return std::unexpected(fmt::format("'{}' is a URL; write only its host and port, such as 127.0.0.1:8080", text));
  }
  if (text.starts_with('[')) return parse_bracketed(text, least_port);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    if (is_all_digits(text)) return std::unexpected(fmt::format("'{}' has no host; write :{}", text, text));
    return std::unexpected(fmt::format("'{}' has no port; write {}:8080", text, text));
  }
  if (canonical_ip(AF_INET6, text)) return std::unexpected(fmt::format("'{}' needs brackets and a port; write [::1]:8080", text));
  const auto port = parse_port(text, text.substr(colon + 1), least_port);
  if (!port) return std::unexpected(port.error());
  return parse_host(colon == 0 ? empty_host : text.substr(0, colon), *port);
}

}  // namespace

Parsed<Address> Address::to_listen(std::string_view text) { return parse(text, "0.0.0.0", 0); }
Parsed<Address> Address::to_connect(std::string_view text) { return parse(text, "127.0.0.1", 1); }

std::string Address::text() const {
  switch (family) {
    case Family::unix_path:
      return fmt::format("unix:{}", host);
    case Family::ipv6:
      return fmt::format("[{}]:{}", host, port);
    case Family::ipv4:
    case Family::name:
      break;
  }
  return fmt::format("{}:{}", host, port);
}

}  // namespace rota
