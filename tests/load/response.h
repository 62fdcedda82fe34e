// Where an HTTP/1.1 answer begins and ends, over any number of pieces. Strict: what a server should not send is an answer in error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace load {

class Response {
 public:
  // `piece`: some of the body was taken, and there may be more to take; `more`: all was taken, and more is needed.
  enum class Progress { piece, more, done, bad };
  struct Step {
    Progress progress;
    std::string_view body;
  };

  // Forgets the answer before.
  void start() { *this = Response{}; }

  // Takes what belongs to this answer off the front of `input`. To be called again after `piece`, and with more input after `more`.
  Step read(std::string_view& input);

  // The server has closed: whether the answer is whole by that.
  bool ended_by_close() const { return stage_ == Stage::until_close; }

  bool begun() const { return begun_; }
  unsigned status() const { return status_; }
  bool is_problem() const { return problem_; }
  bool closes() const { return close_; }  // the connection serves no other request
  std::string_view complaint() const { return complaint_; }

 private:
  enum class Stage { status_line, fields, sized, until_close, chunk_size, chunk, chunk_end, trailer, done };
  static constexpr std::size_t kMaxLine = 64 * 1024;

  Step bad(std::string_view complaint);
  Step read_body(std::string_view& input);
  bool take_line(std::string_view& input);
  bool understand(std::string_view line);
  bool read_status(std::string_view line);
  bool read_field(std::string_view line);
  bool end_of_head();
  bool read_chunk_size(std::string_view line);

  Stage stage_ = Stage::status_line;
  std::string line_;  // what there is of it
  std::string_view complaint_;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  unsigned status_ = 0;
  bool begun_ = false;
  bool close_ = false, chunked_ = false, has_length_ = false, problem_ = false;
};

}  // namespace load
