# redress_library(NAME DIR deps...)  One room of the tree as a library.
#
#   redress_library(libs/base DEPS absl::time OpenSSL::Crypto)
#
# Makes target `libs_base` from the .cc files of the folder (not its sub-folders), with
#   * an include folder of its own: `#include "libs/base/ids.h"` compiles only where the room is a declared
#     dependency;
#   * `libs_base_link_test`, which links the whole archive with nothing but its declared dependencies, so that
#     an undeclared one does not link;
#   * `libs_base_test` from the *_test.cc files beside the code, where there are any. TEST_DEPS adds to it.
# The files of a room are compiled together, for most of a compilation is reading headers; ALONE: each by itself, where a
# private class of a public one holds types of its file.
# A room without .cc files is a header-only (INTERFACE) library.
function(redress_library ROOM)
  cmake_parse_arguments(ARG "ALONE" "" "DEPS;TEST_DEPS" ${ARGN})
  string(REPLACE "/" "_" name ${ROOM})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ROOM}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")

  set(include_root ${CMAKE_BINARY_DIR}/rooms/${name})
  get_filename_component(parent ${include_root}/${ROOM} DIRECTORY)
  file(MAKE_DIRECTORY ${parent})
  if(NOT EXISTS ${include_root}/${ROOM})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${ROOM} ${include_root}/${ROOM} SYMBOLIC)
  endif()

  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${include_root})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE redress_options)
    if(NOT ARG_ALONE)
      set_target_properties(${name} PROPERTIES UNITY_BUILD ${REDRESS_UNITY} UNITY_BUILD_BATCH_SIZE 6)
    endif()
    set(empty_main ${CMAKE_BINARY_DIR}/empty_main.cc)
    if(NOT EXISTS ${empty_main})
      file(WRITE ${empty_main} "int main() { return 0; }\n")
    endif()
    add_executable(${name}_link_test ${empty_main})
    redress_link_as_compiled(${name}_link_test)
    target_link_libraries(${name}_link_test PRIVATE
      -Wl,--whole-archive ${name} -Wl,--no-whole-archive ${ARG_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${include_root})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE
      ${name} ${ARG_TEST_DEPS} redress_options GTest::gmock GTest::gtest_main)
    redress_register_test(${name}_test)
  endif()
endfunction()

# redress_executable(NAME ROOM DEPS ...)  An executable from main.cc of a room.
function(redress_executable NAME ROOM)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${NAME} ${CMAKE_SOURCE_DIR}/${ROOM}/main.cc)
  target_link_libraries(${NAME} PRIVATE redress_allocator ${ARG_DEPS} redress_options)
  redress_link_as_a_whole(${NAME})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# Optimising a program as a whole may call for members of archives that nothing called for before: mold 1.10 aborts then.
function(redress_link_as_a_whole NAME)
  if(REDRESS_LTO)
    target_link_options(${NAME} PRIVATE -fuse-ld=bfd)
  endif()
endfunction()

# redress_test(NAME SRCS ... DEPS ...)  A test that crosses rooms (everything under tests/).
function(redress_test NAME)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;LABELS" ${ARGN})
  add_executable(${NAME} ${ARG_SRCS})
  target_include_directories(${NAME} PRIVATE ${CMAKE_SOURCE_DIR}/tests/..)
  target_link_libraries(${NAME} PRIVATE ${ARG_DEPS} redress_options GTest::gmock GTest::gtest_main)
  redress_register_test(${NAME} ${ARG_LABELS})
endfunction()

# Dozens of tests need no optimising of their own.
function(redress_link_as_compiled NAME)
  if(REDRESS_LTO)
    target_link_options(${NAME} PRIVATE -fno-lto)
  endif()
endfunction()

# Registers a GoogleTest binary; tools/test adds up the JSON results.
function(redress_register_test NAME)
  redress_link_as_compiled(${NAME})
  add_test(NAME ${NAME} COMMAND ${NAME} --gtest_brief=1)
  set(sanitizer)
  if(REDRESS_SANITIZE MATCHES thread)
    target_link_options(${NAME} PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/tsan.map)
    set(sanitizer
      "TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp;")
  endif()
  set_tests_properties(${NAME} PROPERTIES
    ENVIRONMENT "${sanitizer}GTEST_OUTPUT=json:${CMAKE_BINARY_DIR}/results/${NAME}.json;REDRESS_SOURCE_DIR=${CMAKE_SOURCE_DIR};REDRESS_BINARY_DIR=${CMAKE_BINARY_DIR}"
    LABELS "${ARGN}" TIMEOUT 900)
endfunction()
