#include "proxy/client_watch.h"

namespace rota {
namespace {

constexpr Error kGone{.code = ErrorCode::client_gone, .blame = Blame::client};

}  // namespace

void ClientWatch::begin(Stop& stop) {
  stop_ = &stop;
  stream_.watch(this);
  noticed(stream_.readiness());
  if (!stream_.is_enlisted()) stream_.reactor().timers().set(*this, stream_.reactor().now() + kUnwatched);
}

void ClientWatch::end() {
  if (stop_ == nullptr) return;
  stop_ = nullptr;
  stream_.watch(nullptr);
  cancel();
}

void ClientWatch::request_is_read() {
  read_ = true;
  if (stop_ != nullptr) noticed(stream_.readiness());
}

void ClientWatch::noticed(std::uint8_t readiness) {
  if ((readiness & Readiness::broken) != 0) return stop_->request(kGone);
  if ((readiness & Readiness::peer_closed) == 0 || !read_ || ended_) return;
  ended_ = true;
  stream_.reactor().timers().set(*this, stream_.reactor().now() + kPatience);
}

void ClientWatch::expired() {
  if (!ended_) {       // so it was kUnwatched that passed
    stream_.enlist();  // and is told at once of what there is
    return;
  }
  if (probe_.empty()) return;
  zero_is_out_ = probe_ == kBetweenChunks;
  const Result<std::size_t> sent = stream_.write_without_waiting(probe_);
  // A part of a probe would be no HTTP any more. It takes a client that has not read for long, and is gone by any measure.
  const bool is_gone = !sent || (*sent != 0 && *sent != probe_.size());
  if (is_gone) stop_->request(kGone);
}

}  // namespace rota
