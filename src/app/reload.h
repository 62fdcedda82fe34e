// Reads the config again, beside everything else: files and names are waited for on a thread of its own, and what came of it is handed to the control thread.
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <thread>

#include "config/load.h"
#include "runtime/mailbox.h"

namespace rota {

class Reload {
 public:
  // On the reload's thread.
  using Load = std::function<LoadResult()>;
  // On the control thread. The error is everything that was found wrong, in words.
  using Done = std::function<void(std::expected<Loaded, std::string>)>;

  // `control` outlives it.
  Reload(Mailbox& control, Load load, Done done);
  Reload(const Reload&) = delete;
  Reload& operator=(const Reload&) = delete;
  // Waits for one that is under way.
  ~Reload();

  // Asked for again while one is under way: another one follows it.
  void begin();

 private:
  void finished(std::expected<Loaded, std::string> result);

  Mailbox& control_;
  const Load load_;
  const Done done_;
  std::thread thread_;
  bool is_running_ = false;
  bool is_asked_again_ = false;
};

}  // namespace rota
