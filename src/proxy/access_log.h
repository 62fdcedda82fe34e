// A worker's pen for the access log: one line a request, made of what its Record, its head and its connection know, and pushed into the worker's ring.
// It never waits and allocates nothing; what finds no room is dropped, and counted there.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "http/request_head.h"
#include "log/access_line.h"
#include "log/log_writer.h"
#include "net/peer.h"
#include "proxy/record.h"
#include "runtime/reactor.h"

namespace rota {

class AccessLog {
 public:
  struct Settings {
    AccessLogFormat format;
    std::vector<std::string> headers;  // lower case, at most kMostAccessHeaders
    LogWriter& writer;
    LogRing& ring;  // this worker's own
  };

  // All that they refer to outlives it.
  explicit AccessLog(const Settings& settings) : settings_(settings) {}
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // `head` is what could be read of it.
  void write(const Record& record, const http::RequestHead& head, const Peer& peer, const Reactor& reactor);

 private:
  const Settings& settings_;
  std::array<char, kAccessBuffer> line_;
};

}  // namespace rota
