// The exact grammars of the values that people write: 5s, 1m30s, 64KiB, 80%, 100/s, 8080. Nothing is guessed: a number without its unit is refused.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace rota {

// Why a text is not such a value, in words for the person who wrote it.
template <class T>
using Parsed = std::expected<T, std::string>;

// Decimal digits only, at most `max`.
Parsed<std::uint64_t> parse_whole(std::string_view text, std::uint64_t max = UINT64_MAX);

// One or more of <whole><unit>, largest unit first, each unit once: h m s ms us. "0s" is zero; a bare "0" is refused like every bare number.
Parsed<Duration> parse_duration(std::string_view text);
std::string format_duration(Duration duration);

// <whole><unit>: B KiB MiB GiB, and kB MB GB by thousands.
Parsed<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// <whole>%, as the number before the sign. What is too much, the caller knows.
Parsed<std::uint64_t> parse_percent(std::string_view text);
std::string format_percent(std::uint64_t percent);

}  // namespace rota
