# Compiler and linker flags, as two interface targets: rota's own code, and the small tools beside it.
set(ROTA_WARNINGS -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Wextra-semi -Wimplicit-fallthrough -Wthread-safety)

add_library(rota_tool_flags INTERFACE)
target_compile_options(rota_tool_flags INTERFACE -Wall -Wextra -Werror)

add_library(rota_flags INTERFACE)
target_compile_options(rota_flags INTERFACE ${ROTA_WARNINGS})

if(ROTA_SANITIZE)
  string(REPLACE "," ";" sanitizers "${ROTA_SANITIZE}")
  foreach(target rota_flags rota_tool_flags)
    target_compile_options(${target} INTERFACE -fsanitize=${ROTA_SANITIZE} -fno-sanitize-recover=all -O1 -fno-omit-frame-pointer)
    target_link_options(${target} INTERFACE -fsanitize=${ROTA_SANITIZE})
  endforeach()
  target_compile_definitions(rota_flags INTERFACE ROTA_POOLS_OFF)  # every frame and buffer on the heap, where ASan sees it
  target_compile_definitions(rota_flags INTERFACE _GLIBCXX_ASSERTIONS)
  if(ROTA_FUZZ)
    target_compile_options(rota_flags INTERFACE -fsanitize=fuzzer-no-link)
  endif()
elseif(ROTA_COVERAGE)
  target_compile_options(rota_flags INTERFACE -O1 -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(rota_flags INTERFACE -fprofile-instr-generate)
else()
  # ThinLTO: the request path crosses many small files, and is one piece only to the linker.
  target_compile_options(rota_flags INTERFACE -flto=thin -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE)
  target_link_options(rota_flags INTERFACE -flto=thin -fuse-ld=lld-19 -Wl,-mllvm,-inline-threshold=700 -pie -Wl,-z,relro -Wl,-z,now)
endif()
