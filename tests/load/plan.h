// What the run is to do, known before it begins: when each request is due, its id, its method and its bytes. All of it follows from the options, so
// that the same run can be had again.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>

#include "options.h"
#include "tests/support/load_body.h"

namespace load {

// All times are from the run's start.
using Time = std::chrono::nanoseconds;

class Plan {
 public:
  explicit Plan(const Options& options) : options_(options), size_(options.requests) {}

  std::uint64_t size() const { return size_; }
  // What comes behind the first `size` will not be sent.
  void cut(std::uint64_t size) { size_ = std::min(size_, size); }
  Time due(std::uint64_t n) const { return Time(n * 1'000'000'000 / options_.rate); }
  Time length() const { return due(size()); }
  std::string id(std::uint64_t n) const { return options_.run + "-" + std::to_string(n); }
  bool is_post(std::uint64_t n) const { return support::mixed(support::mixed(options_.seed) + n) % 100 < options_.post_percent; }
  std::uint64_t body_size(std::uint64_t n) const { return is_post(n) ? options_.body : 0; }

  // The whole request; `hash` is that of its body.
  std::string request(std::uint64_t n, std::uint64_t& hash) const {
    std::string out = (is_post(n) ? "POST /load/" : "GET /load/") + id(n);
    if (options_.answer > 0) out += (options_.chunked ? "?chunked=" : "?bytes=") + std::to_string(options_.answer);
    out += " HTTP/1.1\r\nHost: load.test\r\nUser-Agent: load-client\r\n";
    if (options_.close) out += "Connection: close\r\n";
    if (is_post(n)) {
      out += "Content-Type: application/octet-stream\r\n";
      out += options_.chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + std::to_string(options_.body);
      out += "\r\n";
    }
    out += "\r\n";
    if (is_post(n)) append_body(out, n, hash);
    return out;
  }

 private:
  void append_body(std::string& out, std::uint64_t n, std::uint64_t& hash) const {
    std::string body;
    support::IdBytes::of_request(id(n)).append(body, 0, options_.body);
    support::BodyHash whole;
    whole.add(body);
    hash = whole.value();
    if (!options_.chunked) {
      out += body;
      return;
    }
    for (std::size_t at = 0, chunk = 0; at < body.size(); ++chunk) {
      const std::size_t size = std::min<std::size_t>(body.size() - at, 1 + support::mixed(options_.seed + n * 31 + chunk) % kMaxChunk);
      support::append_number(out, size, 16);
      out.append("\r\n").append(body, at, size).append("\r\n");
      at += size;
    }
    out += "0\r\n\r\n";
  }

  static constexpr std::size_t kMaxChunk = 8000;

  const Options& options_;
  std::uint64_t size_;
};

}  // namespace load
