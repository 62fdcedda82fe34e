#include "proxy/client_watch.h"

namespace rota {
namespace {

constexpr Error kGone{.code = ErrorCode::end_of_stream, .blame = Blame::client};

}  // namespace

void ClientWatch::begin(Stop& stop) {
  stop_ = &stop;
  stream_.watch(this);
  consider(stream_.readiness());
}

void ClientWatch::end() {
  if (stop_ == nullptr) return;
  stop_ = nullptr;
  stream_.watch(nullptr);
  cancel();
}

void ClientWatch::request_is_read() {
  read_ = true;
  if (stop_ != nullptr) consider(stream_.readiness());
}

void ClientWatch::answer_begins() {
  answering_ = true;
  cancel();
}

void ClientWatch::noticed(std::uint8_t readiness) { consider(readiness); }

void ClientWatch::consider(std::uint8_t readiness) {
  if ((readiness & Readiness::broken) != 0) return stop_->request(kGone);
  if ((readiness & Readiness::peer_closed) == 0 || !read_ || half_closed_) return;
  if (answering_) return stop_->request(kGone);
  half_closed_ = true;
  if (may_probe_) stream_.reactor().timers().set(*this, stream_.reactor().now() + kPatience);
}

void ClientWatch::expired() { stream_.write_without_waiting("HTTP/1.1 100 Continue\r\n\r\n"); }

}  // namespace rota
