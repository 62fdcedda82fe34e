#include "model/routes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace rota {
namespace {

constexpr std::size_t kLongestHost = 255;

// FNV-1a, because it can be had of every prefix of a path in one walk over it. Its keys, and those of the hosts' hash below, are the operator's and not
// the client's, so nobody outside chooses what collides.
constexpr std::uint64_t kSeed = 0xcbf29ce484222325;
constexpr std::uint64_t step(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3; }

// A table looks at the low bits, which know nothing of the high ones.
constexpr std::size_t finish(std::uint64_t hash) { return hash ^ (hash >> 32); }

constexpr std::size_t path_hash(std::uint64_t prefix_hash, std::uint32_t host) {
  return finish(prefix_hash ^ (host * std::uint64_t{0x9e3779b97f4a7c15}));
}

// A host is read in words of eight bytes, the last of which overlaps the one before; a shorter one is one word, with zeros behind its end.
constexpr std::size_t kWord = sizeof(std::uint64_t);

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Fewer than eight bytes: of loads that overlap, so that none is past the end.
std::uint64_t load_short(const char* from, std::size_t size) {
  static_assert(std::endian::native == std::endian::little);
  if (size >= 4) return load<std::uint32_t>(from) | load<std::uint32_t>(from + size - 4) << (8 * (size - 4));
  if (size == 0) return 0;
  const std::size_t middle = size / 2;
  return load<std::uint8_t>(from) | load<std::uint8_t>(from + middle) << (8 * middle) |
         load<std::uint8_t>(from + size - 1) << (8 * (size - 1));
}

constexpr std::uint64_t each(unsigned char byte) { return byte * std::uint64_t{0x0101010101010101}; }

// Of eight bytes at once. Most hosts have none of the bytes 0x40 to 0x5f, bit 6 without bit 5, which only letters, '_' and brackets are. A byte of 'A' to
// 'Z', and no other, has the top bit in exactly one of the two sums; 0x20 is that bit shifted.
constexpr std::uint64_t lower(std::uint64_t word) {
  if ((word & ~(word << 1) & each(0x40)) == 0) return word;
  const std::uint64_t low = word & each(0x7f);
  const std::uint64_t upper = ((low + each(0x80 - 'A')) ^ (low + each(0x7f - 'Z'))) & ~word & each(0x80);
  return word | upper >> 2;
}

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;

// Every bit of the word on every bit of the hash: both halves of a whole product.
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  __extension__ using Product = unsigned __int128;
  const Product product = static_cast<Product>(hash ^ word) * kOdd;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Calls use(place, word) for each word of a text, and returns their hash, of what use() returned.
template <class Use>
std::size_t hash_words(std::string_view text, Use use) {
  std::uint64_t hash = text.size();
  if (text.size() < kWord) return mix(hash, use(0, load_short(text.data(), text.size())));
  const std::size_t last = text.size() - kWord;
  for (std::size_t at = 0;; at = std::min(at + kWord, last)) {
    hash = mix(hash, use(at, load<std::uint64_t>(text.data() + at)));
    if (at == last) return hash;
  }
}

std::size_t count(std::string_view text, char c) { return static_cast<std::size_t>(std::ranges::count(text, c)); }

// A port is one to five digits, so its colon is within the last word, and the last one there. The test for a byte of zeros can be wrong of a byte that is
// one more than a colon, which no host has.
std::string_view without_port(std::string_view host) {
  const bool ends_with_digit = !host.empty() && static_cast<unsigned char>(host.back() - '0') <= 9;
  if (!ends_with_digit) return host;
  const std::size_t size = std::min(host.size(), kWord);
  const char* const from = host.data() + host.size() - size;
  const std::uint64_t differs = (size == kWord ? load<std::uint64_t>(from) : load_short(from, size)) ^ each(':');
  const std::uint64_t colons = (differs - each(1)) & ~differs & each(0x80);
  return colons == 0 ? host : host.substr(0, host.size() - size + static_cast<std::size_t>(std::bit_width(colons) - 1) / 8);
}

std::string_view without_dot(std::string_view host) { return host.ends_with('.') ? host.substr(0, host.size() - 1) : host; }

// A request's host in the tables' spelling, and its hash.
class HostName {
 public:
  explicit HostName(std::string_view host) {
    if (host.size() > kLongestHost) return;  // no route has such a host
    host = without_dot(without_port(host));
    size_ = host.size();
    hash_ = hash_words(host, [this](std::size_t at, std::uint64_t word) {
      word = lower(word);
      std::memcpy(text_.data() + at, &word, kWord);
      return word;
    });
  }

  std::string_view text() const { return {text_.data(), size_}; }
  std::size_t hash() const { return hash_; }

 private:
  std::size_t size_ = 0;
  std::size_t hash_ = 0;
  std::array<char, kLongestHost + kWord> text_;  // written as far as it is used
};

// Where the suffixes of a host begin that stand behind a dot, from the shortest, as many as a wildcard has labels.
class Suffixes {
 public:
  Suffixes(std::string_view host, std::size_t most_labels) : host_(host) {
    for (std::size_t i = host.size(); i-- > 1 && count_ < most_labels;) {
      if (host[i] == '.') starts_[count_++] = static_cast<std::uint8_t>(i + 1);
    }
  }

  std::size_t count() const { return count_; }
  std::string_view at(std::size_t i) const { return host_.substr(starts_[i]); }

 private:
  std::string_view host_;
  std::size_t count_ = 0;
  std::array<std::uint8_t, kLongestHost> starts_;  // written as far as it is used
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

std::size_t Routes::HostHash::operator()(std::string_view host) const {
  return hash_words(host, [](std::size_t, std::uint64_t word) { return word; });
}

bool Routes::SameHost::operator()(std::string_view a, std::string_view b) const {
  if (a.size() != b.size()) return false;
  if (a.size() < kWord) return load_short(a.data(), a.size()) == load_short(b.data(), b.size());
  const std::size_t last = a.size() - kWord;
  for (std::size_t at = 0;; at = std::min(at + kWord, last)) {
    if (load<std::uint64_t>(a.data() + at) != load<std::uint64_t>(b.data() + at)) return false;
    if (at == last) return true;
  }
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
  if (hosts_ == 0) return search(nullptr, {}, path);
  const HostName name(host);
  const auto exact = exact_.find(name.text(), name.hash());
  const Host* const own = exact == exact_.end() ? nullptr : &exact.value();
  const bool is_decided = own != nullptr && own->depths == 0;
  return is_decided ? own->whole : search(own, name.text(), path);
}

const Route* Routes::search(const Host* own, std::string_view name, std::string_view path) const {
  Prefixes prefixes(path);
  if (own != nullptr) {
    if (const Route* route = among(*own, prefixes)) return route;
  }
  const Suffixes suffixes(name, wildcard_labels_);
  for (std::size_t i = suffixes.count(); i-- > 0;) {
    const auto host = wildcards_.find(suffixes.at(i));
    if (host == wildcards_.end()) continue;
    if (const Route* route = among(host->second, prefixes)) return route;
  }
  return among(any_, prefixes);
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
