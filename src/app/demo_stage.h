// What the demo plays on: the processes, their ports and their logs. Nothing is left behind.
#pragma once

#include <array>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

#include "app/child.h"
#include "net/address.h"

namespace rota {

class DemoStage {
 public:
  static constexpr std::size_t kInstances = 3;

  // The error says what is missing. Nothing runs yet.
  static std::expected<std::unique_ptr<DemoStage>, std::string> prepare();
  ~DemoStage();

  // The error says what did not start.
  std::expected<void, std::string> start_instance(std::size_t i);
  std::expected<void, std::string> start_rota();

  const Address& rota_address() const { return rota_address_; }
  const Address& instance_address(std::size_t i) const { return instances_[i].address; }
  static std::string instance_name(std::size_t i);
  const Address& admin_address() const { return admin_address_; }
  // Port 8080, or 8090 of the admin pages, was somebody else's.
  bool is_elsewhere() const { return elsewhere_; }
  Child* instance(std::size_t i) { return instances_[i].process.get(); }
  Child* rota() { return rota_.get(); }
  // What rota said when it had started: its instances, and the config in force.
  std::string start_line() const;
  // The log of rota so far.
  std::string rota_log() const;

 private:
  struct Instance {
    Address address;
    std::unique_ptr<Child> process;
  };

  DemoStage() = default;
  std::expected<void, std::string> choose_addresses();
  std::string config() const;

  std::filesystem::path programs_;  // the folder that this program is in
  std::filesystem::path folder_;    // of the logs
  std::array<Instance, kInstances> instances_;
  Address rota_address_;
  Address admin_address_;
  bool elsewhere_ = false;
  std::unique_ptr<Child> rota_;
};

}  // namespace rota
