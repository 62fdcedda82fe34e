#include "model/routes.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/check.h"
#include "http/text.h"

namespace rota {
namespace {

constexpr std::size_t kLongestHost = 255;

// FNV-1a, because it can be had of every prefix (or suffix) of a text in one walk over it. Its keys are the operator's and not the client's, so
// nobody outside chooses what collides.
constexpr std::uint64_t kSeed = 0xcbf29ce484222325;
constexpr std::uint64_t step(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3; }

// A table looks at the low bits, which know nothing of the high ones.
constexpr std::size_t finish(std::uint64_t hash) { return hash ^ (hash >> 32); }

constexpr std::size_t path_hash(std::uint64_t prefix_hash, std::uint32_t host) {
  return finish(prefix_hash ^ (host * std::uint64_t{0x9e3779b97f4a7c15}));
}

// A load instead of two comparisons for each byte.
constexpr std::array<char, 256> kLower = [] {
  std::array<char, 256> lower{};
  for (std::size_t i = 0; i < lower.size(); ++i) lower[i] = http::to_lower(static_cast<char>(i));
  return lower;
}();

std::size_t count(std::string_view text, char c) { return static_cast<std::size_t>(std::ranges::count(text, c)); }

std::string_view without_port_and_dot(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  return host;
}

// A request's host in the tables' spelling, with the hashes of it and of its suffixes: of those that begin behind a dot, from the right, as many
// as a wildcard has labels.
class HostName {
 public:
  HostName(std::string_view host, std::size_t most_labels) {
    host = without_port_and_dot(host);
    if (host.size() > kLongestHost) return;  // no route has such a host
    size_ = host.size();
    std::uint64_t hash = kSeed;
    for (std::size_t i = host.size(); i-- > 0;) {
      const char c = kLower[static_cast<unsigned char>(host[i])];
      if (c == '.' && i > 0 && count_ < most_labels) suffixes_[count_++] = {.start = i + 1, .hash = finish(hash)};
      text_[i] = c;
      hash = step(hash, c);
    }
    hash_ = finish(hash);
  }

  std::string_view text() const { return {text_.data(), size_}; }
  std::size_t hash() const { return hash_; }
  // From the shortest, which is 0.
  std::size_t suffixes() const { return count_; }
  std::string_view suffix(std::size_t i) const { return text().substr(suffixes_[i].start); }
  std::size_t suffix_hash(std::size_t i) const { return suffixes_[i].hash; }

 private:
  struct Suffix {
    std::size_t start;
    std::size_t hash;
  };
  std::size_t size_ = 0;
  std::size_t count_ = 0;
  std::size_t hash_ = 0;
  // Written as far as they are used.
  std::array<char, kLongestHost> text_;
  std::array<Suffix, kLongestHost / 2 + 1> suffixes_;
};

}  // namespace

// The prefixes of a request's path that end at a segment, and their hashes: found once, and only as far as somebody asks.
class Routes::Prefixes {
 public:
  explicit Prefixes(std::string_view path) : path_(path), hash_(step(kSeed, '/')) {}

  // How many segments deep it knows them, after walking on to `depth`, or to a prefix longer than `longest`, or to the end. So a path of
  // thousands of slashes, or a very long one, costs no more than the deepest route.
  std::size_t reach(std::size_t depth, std::size_t longest) {
    if (!path_.starts_with('/')) return 0;  // "*"
    const std::size_t last = std::min(longest, path_.size());
    std::uint64_t hash = hash_;
    std::size_t at = at_;
    for (; count_ < depth && at <= last; ++at) {
      const char c = at < path_.size() ? path_[at] : '/';  // the end of the path ends a segment, too
      if (c == '/') found_[count_++] = {.size = at, .hash = hash};
      hash = step(hash, c);
    }
    hash_ = hash;
    at_ = at;
    return count_;
  }

  std::string_view at(std::size_t depth) const { return path_.substr(0, found_[depth - 1].size); }
  std::uint64_t hash(std::size_t depth) const { return found_[depth - 1].hash; }

 private:
  struct Prefix {
    std::size_t size;
    std::uint64_t hash;
  };
  std::string_view path_;
  std::uint64_t hash_;  // of what stands before at_
  std::size_t at_ = 1;
  std::size_t count_ = 0;
  std::array<Prefix, kDeepestRoutePath> found_;  // written as far as it is used
};

// From the right, as HostName walks.
std::size_t Routes::HostHash::operator()(std::string_view host) const {
  std::uint64_t hash = kSeed;
  for (std::size_t i = host.size(); i-- > 0;) hash = step(hash, host[i]);
  return finish(hash);
}

std::size_t Routes::PathHash::operator()(const PathKey& key) const {
  std::uint64_t hash = kSeed;
  for (const char c : key.prefix) hash = step(hash, c);
  return path_hash(hash, key.host);
}

Routes::Routes(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const Route& route : routes_) add(route);
  const bool is_only = routes_.size() == 1 && any_.whole != nullptr;
  if (is_only) only_ = any_.whole;
}

Routes::Host& Routes::host_of(const Route& route) {
  if (route.host.empty()) return any_;
  std::string_view name = route.host;
  const bool is_wildcard = name.starts_with(kWildcard);
  if (is_wildcard) {
    name.remove_prefix(kWildcard.size());
    wildcard_labels_ = std::max(wildcard_labels_, count(name, '.') + 1);
  }
  const auto [entry, is_new] = (is_wildcard ? wildcards_ : exact_).try_emplace(name);
  if (is_new) entry.value().number = ++hosts_;
  return entry.value();
}

// The first of equal ones stays.
void Routes::add(const Route& route) {
  Host& host = host_of(route);
  const std::string_view prefix = route_prefix(route.path);
  if (prefix.empty()) {
    if (host.whole == nullptr) host.whole = &route;
    return;
  }
  const std::size_t depth = count(prefix, '/');
  CHECK(prefix.front() == '/' && depth <= kDeepestRoutePath && prefix.size() <= kLongestRoutePath);
  host.depths |= std::uint64_t{1} << depth;
  host.longest = std::max(host.longest, static_cast<std::uint32_t>(prefix.size()));
  paths_.try_emplace({.host = host.number, .prefix = prefix}, &route);
}

const Route* Routes::search(std::string_view host, std::string_view path) const {
  Prefixes prefixes(path);
  if (hosts_ != 0) {
    const HostName name(host, wildcard_labels_);
    if (const Route* route = among(exact_, name.text(), name.hash(), prefixes)) return route;
    for (std::size_t i = name.suffixes(); i-- > 0;) {
      if (const Route* route = among(wildcards_, name.suffix(i), name.suffix_hash(i), prefixes)) return route;
    }
  }
  return among(any_, prefixes);
}

const Route* Routes::among(const Hosts& hosts, std::string_view name, std::size_t hash, Prefixes& prefixes) const {
  const auto host = hosts.find(name, hash);
  return host == hosts.end() ? nullptr : among(host->second, prefixes);
}

// From the deepest that both the routes and the path have.
const Route* Routes::among(const Host& host, Prefixes& prefixes) const {
  if (host.depths != 0) {
    const std::size_t known = prefixes.reach(static_cast<std::size_t>(std::bit_width(host.depths) - 1), host.longest);
    std::uint64_t left = host.depths & ((std::uint64_t{2} << known) - 1);
    while (left != 0) {
      const auto depth = static_cast<std::size_t>(std::bit_width(left) - 1);
      left ^= std::uint64_t{1} << depth;
      const PathKey key{.host = host.number, .prefix = prefixes.at(depth)};
      const auto found = paths_.find(key, path_hash(prefixes.hash(depth), host.number));
      if (found != paths_.end()) return found->second;
    }
  }
  return host.whole;
}

}  // namespace rota
