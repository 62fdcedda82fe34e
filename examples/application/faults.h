// What is wrong with this instance at the moment, on request: slow, wrong, stuck, busy, fat or dead. For demos and tests of what stands in
// front of it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

// Shared by all the request threads; every member may be called from any of them.
class Faults {
 public:
  Faults();

  // Takes over the given values, all or none; 0, false and null mean "well again". Returns why not, or nothing. `crash` does not return at
  // all.
  std::string apply(const nlohmann::json& wanted);

  nlohmann::ordered_json to_json() const;

  // Called by every request before it is answered: takes as long as `latency_ms` and `hang` say, or until they no longer do.
  void suffer();

  // The status to answer with instead of 200; 0 means none was asked for.
  int status() const;
  int health_status() const;

 private:
  struct Settings {
    int latency_ms = 0;
    int status = 0;
    bool hang = false;
    int cpu = 0;  // percent of one core
    int memory_mb = 0;
    int health_status = 0;
  };

  std::string read(const std::string& name, const nlohmann::json& value, Settings& settings) const;
  bool hold(int memory_mb);
  int share_of(int core) const;
  void burn(std::stop_token stop, int core);

  const int cores_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Settings settings_;          // guarded by mutex_, as is what follows
  std::vector<char> ballast_;  // written to, so that it is resident
  std::vector<std::jthread> burners_;
};
