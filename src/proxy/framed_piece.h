// A body piece with the chunk frame around it where it needs one, as a list for one gathering write.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "http/chunked.h"
#include "net/body_piece.h"
#include "net/stream.h"

namespace rota {

class FramedPiece {
 public:
  // `in_front`: what goes before it in the same write, or empty. All bytes stay where they are until the write is done.
  FramedPiece(std::string_view in_front, const BodyPiece& body, bool chunked) {
    add(in_front);
    if (chunked) {
      add_chunk(body);
    } else {
      add(body.bytes);
    }
  }
  FramedPiece(const FramedPiece&) = delete;
  FramedPiece& operator=(const FramedPiece&) = delete;

  std::span<iovec> pieces() { return {pieces_.data(), count_}; }
  bool is_empty() const { return count_ == 0; }

 private:
  [[gnu::noinline]] void add_chunk(const BodyPiece& body) {
    if (!body.bytes.empty()) {
      add(frame_.make(body.bytes.size()));
      add(body.bytes);
      add("\r\n");
    }
    if (!body.last) return;
    if (body.trailers == nullptr) return add("0\r\n\r\n");
    trailers_ = std::make_unique<std::string>("0\r\n");
    body.trailers->for_each_forwarded_run([this](std::string_view lines) { *trailers_ += lines; });
    *trailers_ += "\r\n";
    add(*trailers_);
  }
  void add(std::string_view text) {
    if (!text.empty()) pieces_[count_++] = piece(text);
  }

  std::size_t count_ = 0;
  std::array<iovec, 5> pieces_;
  http::ChunkFrame frame_;
  std::unique_ptr<std::string> trailers_;  // where there are any
};

}  // namespace rota
