# Compiler, linker and sanitizer settings that hold for the whole tree.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(REDRESS_SANITIZE "" CACHE STRING "Value of -fsanitize= for our own code; generated code stays plain")

option(REDRESS_UNITY "Compile the files of a room together; OFF shows an include that a file misses" ON)

option(REDRESS_LTO "Optimise programs as a whole when they are linked; tests are linked as they are compiled" OFF)
if(REDRESS_LTO)
  add_compile_options(-flto=auto -ffat-lto-objects)
endif()

find_program(REDRESS_CCACHE ccache)
if(REDRESS_CCACHE)
  # Paths relative to the checkout, so that another checkout or build folder finds what this one compiled.
  set(REDRESS_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${REDRESS_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${REDRESS_LAUNCHER})
  set(CMAKE_C_COMPILER_LAUNCHER ${REDRESS_LAUNCHER})
endif()
find_program(REDRESS_MOLD mold)
if(REDRESS_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
if(REDRESS_SANITIZE)
  add_link_options(-fsanitize=${REDRESS_SANITIZE})
endif()

# What our own code is compiled with. Generated code gets none of it (see redress_proto_library).
add_library(redress_options INTERFACE)
target_compile_options(redress_options INTERFACE -Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-unused-parameter)
if(REDRESS_SANITIZE)
  target_compile_options(redress_options INTERFACE
    -fsanitize=${REDRESS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  if(REDRESS_SANITIZE MATCHES thread)
    # protobuf changes the layout of map fields under __SANITIZE_THREAD__; the packaged library
    # was built without it, so its header is read first with the macro hidden.
    target_compile_options(redress_options INTERFACE
      -include ${CMAKE_SOURCE_DIR}/cmake/tsan_protobuf.h)
  endif()
endif()
