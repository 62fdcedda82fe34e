// load-client's command line. What cannot be understood ends the program with one line and exit code 64.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace load {

struct Options {
  std::string to;
  std::uint64_t rate = 0;          // requests due in a second
  std::uint64_t requests = 0;      // the whole run
  std::uint64_t connections = 64;  // open at a time, at most
  std::uint64_t post_percent = 0;
  std::uint64_t body = 1000;  // bytes of each POST
  std::uint64_t answer = 0;   // bytes that each answer is to bring behind its line
  std::uint64_t seed = 1;
  std::uint64_t listed = 20;  // failures listed, at most
  std::chrono::milliseconds timeout{10'000};
  bool close = false;    // one request a connection
  bool chunked = false;  // the bodies, in both directions
  bool allow_failures = false;
  std::string run;  // stands in each id
  std::vector<std::string> logs;
};

Options parse_options(int argc, char** argv);

}  // namespace load
