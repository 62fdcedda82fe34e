// What a value of the config says of a text that it does not take: the message, and what to write instead where that can be told.
#pragma once

#include <expected>
#include <string>

namespace rota {

struct ValueError {
  std::string message;
  std::string hint = {};
};

using Checked = std::expected<void, ValueError>;

inline std::unexpected<ValueError> refuse(std::string message, std::string hint = {}) {
  return std::unexpected(ValueError{.message = std::move(message), .hint = std::move(hint)});
}

}  // namespace rota
