#include "check.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>

#include "tests/support/load_body.h"

namespace load {
namespace {

constexpr std::uint8_t kMany = 255;

class Checker {
 public:
  explicit Checker(const Outcome& outcome)
      : outcome_(outcome), prefix_("/load/" + outcome.options.run + "-"), seen_(outcome.records.size()) {}

  Check run() {
    check_.asked = !outcome_.options.logs.empty();
    if (!check_.asked) return check_;
    for (const std::string& path : outcome_.options.logs) read(path);
    for (std::uint64_t n = 0; n < seen_.size(); ++n) judge(n);
    return check_;
  }

 private:
  void read(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fault("no log", path);
    for (std::string line; std::getline(file, line);) look_at(line);
  }

  void look_at(std::string_view line) {
    std::array<std::string_view, 5> words;  // method, target, X-Request-Id, body bytes, hash
    for (std::string_view& word : words) {
      word = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(word.size() + 1, line.size()));
    }
    const auto& [method, target, request_id, bytes, hash] = words;
    if (!target.starts_with(prefix_)) return;
    ++check_.lines;
    const std::string_view number = target.substr(prefix_.size(), target.find('?') - prefix_.size());
    std::uint64_t n = 0, size = 0;
    if (!support::parse_number(number, n) || n >= seen_.size() || !outcome_.records[n].was_sent()) {
      return fault("never sent", std::string(method) + " " + std::string(target));
    }
    if (seen_[n] < kMany) ++seen_[n];
    const std::uint64_t own = outcome_.plan.body_size(n);
    const std::string own_hash = support::BodyHash::text(outcome_.records[n].hash, own);
    if (method != method_of(n) || !support::parse_number(bytes, size) || size != own || hash != own_hash) {
      fault("corrupted", name_of(n) + ", " + std::to_string(own) + " bytes " + own_hash + ", arrived as " + std::string(method) + ", " +
                             std::string(bytes) + " bytes " + std::string(hash));
    }
  }

  void judge(std::uint64_t n) {
    const bool post = outcome_.plan.is_post(n);
    const std::string times = name_of(n) + ", " + std::to_string(seen_[n]) + " times in the logs";
    if (seen_[n] == 0 && outcome_.records[n].state == Record::State::answered) fault("missing", name_of(n) + ", answered");
    if (post && seen_[n] > 1) fault("sent twice", times);
    if (!post && seen_[n] > 1) ++check_.repeated_gets;
  }

  void fault(const std::string& kind, const std::string& what) {
    ++check_.faults[kind];
    if (check_.listed.size() < outcome_.options.listed) check_.listed.push_back(kind + ": " + what);
  }

  std::string_view method_of(std::uint64_t n) const { return outcome_.plan.is_post(n) ? "POST" : "GET"; }
  std::string name_of(std::uint64_t n) const { return std::string(method_of(n)) + " " + outcome_.plan.id(n); }

  const Outcome& outcome_;
  const std::string prefix_;
  std::vector<std::uint8_t> seen_;
  Check check_;
};

}  // namespace

Check check_logs(const Outcome& outcome) { return Checker(outcome).run(); }

}  // namespace load
