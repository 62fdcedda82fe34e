// A process that the demo started: ended when this is, and by the kernel where the demo itself is killed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

namespace rota {

class Child {
 public:
  // Null: it could not be started. Its output goes to `output`, a file path, or is dropped where that is empty.
  static std::unique_ptr<Child> start(const std::vector<std::string>& command, const std::string& output = {});
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Ends it and waits for its end.
  void end(int signal);
  bool is_running();

 private:
  explicit Child(pid_t id) : id_(id) {}
  pid_t id_;
};

}  // namespace rota
