// What became of a run: each request, each failure, and the counts. Filled by the Engine; read by the check of the logs and by the report.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan.h"

namespace load {

struct Record {
  // Only `sent` and later may have reached a server.
  enum class State : std::uint8_t { waiting, unsent, sent, failed, answered };

  State state = State::waiting;
  std::uint32_t connection = 0;  // the one that it was given to
  std::uint64_t hash = 0;        // of its body
  Time sent{}, done{};

  bool is_out() const { return state == State::waiting || state == State::sent; }
  bool was_sent() const { return state >= State::sent; }
};

struct Failure {
  std::uint64_t n;
  std::string kind, detail;
  std::string connection;  // new, kept or none
  Time at;
};

struct Outcome {
  explicit Outcome(const Options& options) : options(options), plan(options), records(options.requests) {}

  const Options& options;
  Plan plan;
  std::vector<Record> records;
  std::vector<Failure> failures;               // the first ones
  std::map<std::string, std::uint64_t> kinds;  // of all of them
  std::uint64_t opened = 0, most_open = 0, bytes_sent = 0, bytes_received = 0;
  Time length{};  // until the last one ended

  // Nothing behind these is to be sent any more.
  void cut(std::uint64_t size) {
    plan.cut(size);
    records.resize(plan.size());
  }

  void fail(std::uint64_t n, Time at, const std::string& kind, std::string detail, std::string connection) {
    records[n].state = Record::State::failed;
    records[n].done = at;
    note(n, at, kind, std::move(detail), std::move(connection));
  }

  // Its time was over before any connection was free for it.
  void give_up(std::uint64_t n, Time at) {
    records[n].state = Record::State::unsent;
    records[n].done = at;
    note(n, at, "unsent", "no connection was free before its time was over", "none");
  }

 private:
  void note(std::uint64_t n, Time at, const std::string& kind, std::string detail, std::string connection) {
    ++kinds[kind];
    if (failures.size() < options.listed) failures.push_back({n, kind, std::move(detail), std::move(connection), at});
  }
};

}  // namespace load
