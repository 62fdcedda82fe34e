// What a command has to say to the person who started it: one line on stderr, with the program's name in front. What a serving rota says goes through
// its log (app/logs.h).
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace rota {

void say_line(std::string_view text);

template <class... Args>
void say(fmt::format_string<Args...> format, Args&&... args) {
  say_line(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace rota
