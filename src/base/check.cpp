#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace rota {

void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "rota: broken invariant at %s:%d: %s\n", file, line, what);
  std::abort();
}

}  // namespace rota
