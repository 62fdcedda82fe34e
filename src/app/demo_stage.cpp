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
  for (Instance& instance : stage->instances_) {
    auto address = free_address(0);
    if (!address) return std::unexpected(address.error());
    instance.address = *address;
  }
  auto wanted = free_address(8080);
  stage->elsewhere_ = !wanted;
  if (!wanted) wanted = free_address(0);
  if (!wanted) return std::unexpected(wanted.error());
  stage->rota_address_ = *wanted;
  return stage;
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
  std::vector<std::string> command{"/proc/self/exe", "proxy", "--from", rota_address_.text()};
  for (const Instance& instance : instances_) command.insert(command.end(), {"--to", instance.address.text()});
  rota_ = Child::start(command, (folder_ / "rota.log").string());
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
