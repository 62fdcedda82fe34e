// load-client: load for tests that count. Open loop: each request is sent when it is due, whatever became of those before it, and its latency
// counts from then. Every request has an id, every answer must be its own, and the logs of the test instances must say the same. One thread, one
// epoll, no rota code, no library. `load-client --help` lists its flags; JSON on stdout, a summary for people on stderr. SIGTERM ends the run early: what was
// not due yet is left out of it, and the report is the same as of a shorter run.
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "check.h"
#include "engine.h"
#include "options.h"
#include "report.h"
#include "summary.h"

namespace {

volatile std::sig_atomic_t stop_asked = 0;

// TERM arrives only while epoll waits, so that it is not missed between a look at the flag and the wait.
sigset_t catch_term() {
  sigset_t ours, before;
  sigemptyset(&ours);
  sigaddset(&ours, SIGTERM);
  sigprocmask(SIG_BLOCK, &ours, &before);
  struct sigaction action{};
  action.sa_handler = [](int) { stop_asked = 1; };
  sigaction(SIGTERM, &action, nullptr);
  return before;
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace load;
  const Options options = parse_options(argc, argv);
  const Address address(options.to);
  const sigset_t signals = catch_term();
  raise_descriptor_limit();
  Outcome outcome(options);
  Engine(address, outcome).run(signals, stop_asked);
  const Check check = check_logs(outcome);
  const Summary summary(outcome);
  std::fputs(json_of(outcome, summary, check).c_str(), stdout);
  std::fputs(text_of(outcome, summary, check).c_str(), stderr);
  return exit_code(outcome, summary, check);
}
