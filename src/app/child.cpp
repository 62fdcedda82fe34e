#include "app/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace rota {

std::unique_ptr<Child> Child::start(const std::vector<std::string>& command, const std::string& output) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const char* const target = output.empty() ? "/dev/null" : output.c_str();
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id < 0) return nullptr;
  if (id > 0) return std::unique_ptr<Child>(new Child(id));

  // In the child: only what is safe between fork and exec.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setpgid(0, 0);  // Ctrl-C is the demo's to handle
  const int fd = ::open(target, O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

Child::~Child() { end(SIGKILL); }

void Child::end(int signal) {
  if (id_ <= 0) return;
  ::kill(id_, signal);
  ::waitpid(id_, nullptr, 0);
  id_ = 0;
}

bool Child::is_running() {
  if (id_ > 0 && ::waitpid(id_, nullptr, WNOHANG) == id_) id_ = 0;
  return id_ > 0;
}

}  // namespace rota
