// What has come of a body that may have to be sent again: kept beside its way to the instance, as long as it is not longer than retry.body. Only for methods that may be
// repeated, and only where the body did not come with its head.
#pragma once

#include <string>

#include "net/body_piece.h"

namespace rota {

// Invariant: text_ never moves, because an attempt that is under way points into it.
class Replay {
 public:
  Replay(std::size_t most, const BodyPiece& first) : most_(most) {
    text_.reserve(most);
    add(first);
  }

  // A piece that goes to the instance. Where it does not fit, or has trailers, nothing can be sent again any more.
  void add(const BodyPiece& piece) {
    if (piece.bytes.size() > most_ - text_.size() || piece.trailers != nullptr) is_whole_ = false;
    if (!is_whole_) return;
    text_ += piece.bytes;
    is_over_ = piece.last;
  }

  // Nothing of what has been read is missing here.
  bool is_whole() const { return is_whole_; }
  // Valid until the next add().
  BodyPiece so_far() const { return {.bytes = text_, .last = is_over_}; }

 private:
  const std::size_t most_;
  std::string text_;
  bool is_whole_ = true;
  bool is_over_ = false;
};

}  // namespace rota
