// A broken invariant ends the process with its place and words: state that cannot be trusted must not serve. Not for expected failures; those are Results.
#pragma once

namespace rota {

[[noreturn]] void check_failed(const char* file, int line, const char* what);

}  // namespace rota

#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::rota::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
