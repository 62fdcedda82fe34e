// The whole config from its layers: defaults < file < environment < flags. A service's own key wins over the environment and over flags,
// which set what services default to.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/environment.h"

namespace rota {

// As they were given, unread.
struct Flags {
  std::optional<std::string> file;
  std::vector<std::string> listen;
  std::vector<std::string> to;  // not empty = `rota proxy`: one service, named "default", and no file is looked for
  std::optional<std::string> strategy;
  std::optional<std::string> admin = {};
};

struct Loaded {
  Config config;
  std::vector<Diagnostic> warnings;
  std::string origin;  // which file won, or "no file (flags)"
};

using LoadResult = std::expected<Loaded, std::vector<Diagnostic>>;

// ./rota.yaml, then /etc/rota/rota.yaml; for when neither flags nor environment name a file.
std::span<const std::string_view> standard_files();

// The error holds everything that was found wrong, at most Report::kMost, in the file's order. Reads files, blocking.
LoadResult load_config(const Flags& flags, const Environment& environment, std::span<const std::string_view> files = standard_files());

// The same for a file's text; `file` is what messages call it.
LoadResult parse_config(std::string_view text, std::string_view file, const Environment& environment, const Flags& flags = {});

}  // namespace rota
