// Whether a line of a config file may be shown to whoever reads messages. It looks at the text alone, because what is wrong with a file may be that there
// is no tree of it.
#pragma once

#include <string_view>

namespace rota {

// A secret's key stands in it with a value of its own: something else than a variable, whose name is no secret.
bool shows_secret(std::string_view line);

}  // namespace rota
