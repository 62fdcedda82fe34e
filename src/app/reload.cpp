#include "app/reload.h"

#include <memory>
#include <system_error>
#include <utility>

#include "app/resolve.h"

namespace rota {
namespace {

std::expected<Loaded, std::string> load_and_resolve(const Reload::Load& load) {
  LoadResult loaded = load();
  if (!loaded) return std::unexpected(render(loaded.error()));
  if (auto resolved = resolve_names(loaded->config); !resolved) return std::unexpected(resolved.error());
  return *std::move(loaded);
}

}  // namespace

Reload::Reload(Mailbox& control, Load load, Done done) : control_(control), load_(std::move(load)), done_(std::move(done)) {}

Reload::~Reload() {
  if (thread_.joinable()) thread_.join();
}

void Reload::begin() {
  if (is_running_) {
    is_asked_again_ = true;
    return;
  }
  if (thread_.joinable()) thread_.join();
  is_running_ = true;
  try {
    thread_ = std::thread([this] {
      auto result = std::make_shared<std::expected<Loaded, std::string>>(load_and_resolve(load_));
      control_.post([this, result] { finished(std::move(*result)); });
    });
  } catch (const std::system_error&) {
    is_running_ = false;
    done_(std::unexpected("no thread is left to read it on"));
  }
}

void Reload::finished(std::expected<Loaded, std::string> result) {
  is_running_ = false;
  done_(std::move(result));
  if (std::exchange(is_asked_again_, false)) begin();
}

}  // namespace rota
