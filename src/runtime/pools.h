// Whether frames and buffers are pooled. Not under sanitizers: there each is a heap block of its own, so that a use after free is seen.
#pragma once

namespace rota {

#ifdef ROTA_POOLS_OFF
inline constexpr bool kPooled = false;
#else
inline constexpr bool kPooled = true;
#endif

}  // namespace rota
