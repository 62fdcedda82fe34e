#include "faults.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <new>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBurnPeriod{10};
constexpr int kMostLatency = 3'600'000;
constexpr int kMostMemory = 65'536;
constexpr int kCrashExit = 70;

// A whole number of 0 or from `least` to `most`; false and null stand for 0.
bool read_number(const nlohmann::json& value, int least, int most, int& into) {
  if (value.is_null() || value == false) {
    into = 0;
    return true;
  }
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) return false;
  const auto number = value.get<std::int64_t>();
  if (number != 0 && (number < least || number > most)) return false;
  into = static_cast<int>(number);
  return true;
}

bool read_flag(const nlohmann::json& value, bool& into) {
  if (!value.is_boolean() && !value.is_null() && value != 0) return false;
  into = value == true;
  return true;
}

std::string expected_number(const std::string& name, int least, int most) {
  return name + ": expected 0 or a whole number from " + std::to_string(least) + " to " + std::to_string(most);
}

}  // namespace

Faults::Faults() : cores_(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))) {}

std::string Faults::apply(const nlohmann::json& wanted) {
  if (!wanted.is_object()) return "expected a JSON object";
  const std::lock_guard lock{mutex_};
  Settings settings = settings_;
  for (const auto& [name, value] : wanted.items()) {
    if (std::string reason = read(name, value, settings); !reason.empty()) return reason;
  }
  if (wanted.value("crash", nlohmann::json{}) == true) std::_Exit(kCrashExit);  // no reply: that is how an instance dies
  if (!hold(settings.memory_mb)) return "memory_mb: this machine does not have that much";
  settings_ = settings;
  while (static_cast<int>(burners_.size()) * 100 < settings.cpu) {
    burners_.emplace_back([this, core = static_cast<int>(burners_.size())](std::stop_token stop) { burn(std::move(stop), core); });
  }
  changed_.notify_all();
  return {};
}

std::string Faults::read(const std::string& name, const nlohmann::json& value, Settings& settings) const {
  const auto number = [&](int least, int most, int& into) {
    return read_number(value, least, most, into) ? std::string{} : expected_number(name, least, most);
  };
  const auto flag = [&](bool& into) { return read_flag(value, into) ? std::string{} : name + ": expected true or false"; };
  bool crash = false;
  if (name == "latency_ms") return number(1, kMostLatency, settings.latency_ms);
  if (name == "status") return number(200, 599, settings.status);
  if (name == "hang") return flag(settings.hang);
  if (name == "cpu") return number(1, 100 * cores_, settings.cpu);
  if (name == "memory_mb") return number(1, kMostMemory, settings.memory_mb);
  if (name == "crash") return flag(crash);
  if (name == "health_status") return number(200, 599, settings.health_status);
  return "unknown fault: " + name + "; there are latency_ms, status, hang, cpu, memory_mb, crash, health_status";
}

// Filled with ones: pages of zeros would not be touched.
bool Faults::hold(int memory_mb) {
  if (memory_mb == settings_.memory_mb) return true;
  std::vector<char>{}.swap(ballast_);  // the old goes first, so that the two are never there together
  settings_.memory_mb = 0;
  try {
    ballast_.assign(static_cast<std::size_t>(memory_mb) << 20, 1);
  } catch (const std::bad_alloc&) {
    return false;
  }
  return true;
}

nlohmann::ordered_json Faults::to_json() const {
  const std::lock_guard lock{mutex_};
  return {{"latency_ms", settings_.latency_ms},
          {"status", settings_.status},
          {"hang", settings_.hang},
          {"cpu", settings_.cpu},
          {"memory_mb", settings_.memory_mb},
          {"health_status", settings_.health_status}};
}

void Faults::suffer() {
  std::unique_lock lock{mutex_};
  const auto start = Clock::now();
  while (settings_.hang || Clock::now() < start + milliseconds{settings_.latency_ms}) {
    if (settings_.hang) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, start + milliseconds{settings_.latency_ms});
    }
  }
}

int Faults::status() const {
  const std::lock_guard lock{mutex_};
  return settings_.status;
}

int Faults::health_status() const {
  const std::lock_guard lock{mutex_};
  return settings_.health_status;
}

// 150 percent are the whole of the first core and half of the second.
int Faults::share_of(int core) const { return std::clamp(settings_.cpu - 100 * core, 0, 100); }

void Faults::burn(std::stop_token stop, int core) {
  std::unique_lock lock{mutex_};
  while (changed_.wait(lock, stop, [&] { return share_of(core) > 0; })) {
    const auto start = Clock::now();
    const auto busy_until = start + kBurnPeriod * share_of(core) / 100;
    lock.unlock();
    while (Clock::now() < busy_until) {
    }
    lock.lock();
    changed_.wait_until(lock, stop, start + kBurnPeriod, [] { return false; });
  }
}
