// Text that somebody else wrote, made fit for a terminal and for JSON: valid UTF-8, one line, nothing that moves the cursor or turns the
// direction of writing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rota {

// How many bytes the first character of `text` takes; a byte that begins no valid UTF-8 counts as one. `text` is not empty.
std::size_t character_length(std::string_view text);

// A tab becomes a space, and every other character that does not simply stand there becomes '?', so that columns stay what they are.
void append_printable(std::string& out, std::string_view character);
std::string printable(std::string_view text);

}  // namespace rota
