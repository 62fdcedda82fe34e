#include "app/demo_stage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "net/posix/posix_listener.h"

namespace rota {
namespace {

constexpr std::string_view kApplication = "rota-example-application";

// A port of the loopback that nobody has just now. 0: any. The caller lets it go before it is used again, which is good enough for a demo.
std::expected<Address, std::string> free_address(std::uint16_t port) {
  const auto sockets = open_listen_sockets({.family = Address::Family::ipv4, .port = port, .host = "127.0.0.1"}, 1);
  if (!sockets) return std::unexpected(sockets.error());
  return sockets->address;
}

}  // namespace

std::expected<std::unique_ptr<DemoStage>, std::string> DemoStage::prepare() {
  std::unique_ptr<DemoStage> stage(new DemoStage);
  std::error_code error;
  stage->programs_ = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  if (error || !std::filesystem::exists(stage->programs_ / kApplication, error)) {
    return std::unexpected(
        fmt::format("the demo needs {} beside rota, in {}; ./do build makes both", kApplication, stage->programs_.string()));
  }
  std::string pattern = (std::filesystem::temp_directory_path(error) / "rota-demo-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) return std::unexpected("cannot make a folder for the demo's logs");
  stage->folder_ = pattern;
  if (auto chosen = stage->choose_addresses(); !chosen) return std::unexpected(chosen.error());
  return stage;
}

// The ports that the README names, where nobody has them.
std::expected<void, std::string> DemoStage::choose_addresses() {
  for (Instance& instance : instances_) {
    auto address = free_address(0);
    if (!address) return std::unexpected(address.error());
    instance.address = *address;
  }
  for (const auto& [address, port] : {std::pair(&rota_address_, 8080), std::pair(&admin_address_, 8090)}) {
    auto wanted = free_address(static_cast<std::uint16_t>(port));
    elsewhere_ = elsewhere_ || !wanted;
    if (!wanted) wanted = free_address(0);
    if (!wanted) return std::unexpected(wanted.error());
    *address = *wanted;
  }
  return {};
}

// Quicker than the defaults in all that a person would have to wait for.
std::string DemoStage::config() const {
  std::string instances;
  for (const Instance& instance : instances_) instances += (instances.empty() ? "" : ", ") + instance.address.text();
  return fmt::format(
      "listen: {}\n"
      "admin: {{ listen: {} }}\n"
      "access_log: {{ path: {} }}\n"
      "defaults:\n"
      "  health: {{ interval: 1s, timeout: 500ms, latency: 100ms }}\n"
      "  slow_start: 4s\n"
      "services:\n"
      "  app: {{ instances: [{}], health: {{ path: /api/process/health }} }}\n",
      rota_address_.text(), admin_address_.text(), (folder_ / "access.log").string(), instances);
}

DemoStage::~DemoStage() {
  if (rota_) rota_->end(SIGTERM);
  for (Instance& instance : instances_) instance.process.reset();
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string DemoStage::instance_name(std::size_t i) { return fmt::format("app-{}", i + 1); }

std::expected<void, std::string> DemoStage::start_instance(std::size_t i) {
  const std::string name = instance_name(i);
  instances_[i].process = Child::start({(programs_ / kApplication).string(), "--listen", instances_[i].address.text(), "--name", name},
                                       (folder_ / (name + ".log")).string());
  if (!instances_[i].process) return std::unexpected(fmt::format("cannot start {}", name));
  return {};
}

std::expected<void, std::string> DemoStage::start_rota() {
  const std::string file = (folder_ / "rota.yaml").string();
  std::ofstream(file) << config();
  rota_ = Child::start({"/proc/self/exe", "run", "-c", file}, (folder_ / "rota.log").string());
  if (!rota_) return std::unexpected("cannot start rota");
  return {};
}

std::string DemoStage::start_line() const {
  std::istringstream log(rota_log());
  std::string line;
  while (std::getline(log, line)) {
    if (line.find(" listening on ") != std::string::npos) return line;
  }
  return {};
}

std::string DemoStage::rota_log() const {
  std::ostringstream text;
  text << std::ifstream(folder_ / "rota.log").rdbuf();
  return text.str();
}

}  // namespace rota
