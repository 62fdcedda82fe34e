#include "http/target.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "http/text.h"

namespace rota::http {
namespace {

enum class ByteClass : std::uint8_t { refused, plain, dot, slash, percent, question, query_only };

// RFC 3986's pchar and '/', '?', and beyond it what browsers send as it is (docs/decisions/0003): '[', ']' and '|' anywhere,
// '{', '}' and '`' in a query.
constexpr std::array<ByteClass, 256> make_classes() {
  std::array<ByteClass, 256> classes{};
  for (int c = 'a'; c <= 'z'; ++c) classes[c] = classes[c - 'a' + 'A'] = ByteClass::plain;
  for (int c = '0'; c <= '9'; ++c) classes[c] = ByteClass::plain;
  for (const char c : std::string_view{"-_~!$&'()*+,;=:@[]|"}) classes[static_cast<unsigned char>(c)] = ByteClass::plain;
  for (const char c : std::string_view{"{}`"}) classes[static_cast<unsigned char>(c)] = ByteClass::query_only;
  classes['.'] = ByteClass::dot;
  classes['/'] = ByteClass::slash;
  classes['%'] = ByteClass::percent;
  classes['?'] = ByteClass::question;
  return classes;
}
constexpr auto kClasses = make_classes();

ByteClass class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

// The byte that the triplet at `at` stands for; -1 where it is not one.
int triplet(std::string_view text, std::size_t at) {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// One or two dots, each plain or as %2e, alone or with parameters behind them: some servers drop those (';', also as %3b) before they resolve dots.
bool is_dot_segment(std::string_view segment) {
  int dots = 0;
  for (std::size_t i = 0; i < segment.size(); ++dots) {
    const bool is_escaped = segment[i] == '%';
    const int byte = is_escaped ? triplet(segment, i) : segment[i];
    if (byte == ';') break;
    if (byte != '.') return false;
    i += is_escaped ? 3 : 1;
  }
  return dots == 1 || dots == 2;
}

// The length of the path at the front of `text`, or nullopt where it is refused. It ends at '?' or with the text.
std::optional<std::size_t> path_length(std::string_view text) {
  std::size_t i = 0;
  std::size_t segment = 0;
  bool dots = false;  // the present segment holds a dot, so that it is worth a look
  const auto segment_is_fine = [&] { return !dots || !is_dot_segment(text.substr(segment, i - segment)); };
  for (; i < text.size(); ++i) {
    switch (class_of(text[i])) {
      case ByteClass::plain:
        break;
      case ByteClass::dot:
        dots = true;
        break;
      case ByteClass::slash:
        if (!segment_is_fine()) return std::nullopt;
        segment = i + 1;
        dots = false;
        break;
      case ByteClass::percent: {
        const int byte = triplet(text, i);
        if (byte <= 0 || byte == '/' || byte == '\\') return std::nullopt;
        dots = dots || byte == '.';
        break;
      }
      case ByteClass::question:
        if (!segment_is_fine()) return std::nullopt;
        return i;
      case ByteClass::query_only:
      case ByteClass::refused:
        return std::nullopt;
    }
  }
  if (!segment_is_fine()) return std::nullopt;
  return i;
}

bool is_query(std::string_view query) {
  for (std::size_t i = 0; i < query.size(); ++i) {
    const ByteClass c = class_of(query[i]);
    if (c == ByteClass::refused || (c == ByteClass::percent && triplet(query, i) < 0)) return false;
  }
  return true;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.front() == '0') return false;
  unsigned port = 0;
  for (const char c : text) {
    const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= 65535;
}

// Not inlined, as it is rare and has a frame of its own.
[[gnu::noinline]] bool is_ipv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  in6_addr address;
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return false;
  std::memcpy(copy.data(), text.data(), text.size());
  return ::inet_pton(AF_INET6, copy.data(), &address) == 1;
}

// The length of the name at the front of `text`: letters, digits, '-', '_' and '~' between single dots; one dot may end it. 0: there is none.
// Sub-delimiters are legal in a reg-name, but no host has them.
std::size_t name_length(std::string_view text) {
  std::uint32_t before = 1;  // the byte before is a dot, so that a name cannot begin with one
  for (std::size_t at = 0; at < text.size(); at += 16) {
    const scan_detail::NameBits bits = scan_detail::name_bits(text.data() + at);
    const auto here = std::min(static_cast<std::size_t>(std::countr_zero(bits.stops | 0x10000U)), text.size() - at);
    const std::uint32_t dots = bits.dots & ((1U << here) - 1);
    if ((dots & ((dots << 1) | before)) != 0) return 0;
    if (here < 16) return at + here;
    before = dots >> 15;
  }
  return text.size();
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  if (text == "*") return Target{.path = text, .query = {}, .authority = {}};
  std::string_view rest = text;
  Target target;
  if (rest.empty() || rest.front() != '/') {
    constexpr std::string_view kScheme = "http://";
    if (rest.size() <= kScheme.size() || !equals_lower(rest.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    rest.remove_prefix(kScheme.size());
    target.authority = rest.substr(0, rest.find_first_of("/?"));
    rest.remove_prefix(target.authority.size());
    if (!is_host(target.authority)) return std::nullopt;
  }
  const auto length = path_length(rest);
  if (!length) return std::nullopt;
  target.path = *length == 0 ? std::string_view{"/"} : rest.substr(0, *length);
  target.query = rest.substr(*length);
  if (!is_query(target.query)) return std::nullopt;
  return target;
}

std::size_t target_run(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size() && class_of(bytes[i]) != ByteClass::refused) ++i;
  return i;
}

bool is_host(std::string_view text) {
  constexpr std::size_t kMost = 255;
  if (text.empty() || text.size() > kMost) return false;
  if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    const std::string_view behind = text.substr(close + 1);
    return behind.empty() || (behind.front() == ':' && is_port(behind.substr(1)));
  }
  const std::size_t name = name_length(text);
  if (name == 0) return false;
  return name == text.size() || (text[name] == ':' && is_port(text.substr(name + 1)));
}

}  // namespace rota::http
