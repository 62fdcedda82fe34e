#include "app/signals.h"

#include <sys/signalfd.h>

#include <cerrno>

namespace rota {

Result<std::unique_ptr<Signals>> Signals::create(Reactor& reactor, std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  Fd fd(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return fail(ErrorCode::io, Blame::us, errno);
  std::unique_ptr<Signals> signals(new Signals(reactor, std::move(fd)));
  reactor.attach(*signals);
  if (!signals->enlist()) return fail(ErrorCode::io, Blame::us, errno);
  return signals;
}

Signals::~Signals() { reactor_.detach(*this); }

bool Signals::Next::attempt() {
  signalfd_siginfo info;
  if (::read(signals_.fd_.get(), &info, sizeof(info)) != sizeof(info)) return false;
  result_ = static_cast<int>(info.ssi_signo);
  return true;
}

}  // namespace rota
