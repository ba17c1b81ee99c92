# Every third-party library of the project, each under one target name. All are Debian 12 packages.
if(REDRESS_LTO)
  set(Protobuf_USE_STATIC_LIBS ON)
endif()
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
pkg_check_modules(GRPC REQUIRED IMPORTED_TARGET grpc++)
pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
find_program(REDRESS_PROTOC protoc REQUIRED)
find_program(REDRESS_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)

# The allocator of the executables: events, rows and batches are made on one thread and freed on another, which costs
# glibc's a tenth of all CPU. Sanitizers bring their own.
add_library(redress_allocator INTERFACE)
if(NOT REDRESS_SANITIZE)
  find_library(REDRESS_JEMALLOC jemalloc REQUIRED)
  target_sources(redress_allocator INTERFACE ${CMAKE_SOURCE_DIR}/libs/allocator/settings.cc)
  target_link_libraries(redress_allocator INTERFACE
    -Wl,--push-state,--no-as-needed ${REDRESS_JEMALLOC} -Wl,--pop-state)
endif()

# Programs that are optimised as a whole hold RocksDB, Protocol Buffers, gRPC and Abseil themselves: their thread-local
# values, asked for at every comparison of keys and at every allocation in an arena, and their many small calls cost up to
# a tenth of all CPU across the borders of shared libraries (ADR 0018). Otherwise they are loaded, which keeps files small.
add_library(redress_rocksdb INTERFACE)
add_library(redress_grpc INTERFACE)
if(REDRESS_LTO)
  target_link_libraries(redress_rocksdb INTERFACE libs_rocksdb_checksum)
  include(cmake/archives.cmake)
else()
  target_link_libraries(redress_rocksdb INTERFACE RocksDB::rocksdb-shared)
  find_library(REDRESS_GRPC_REFLECTION grpc++_reflection REQUIRED)
  target_link_libraries(redress_grpc INTERFACE
    -Wl,--push-state,--no-as-needed ${REDRESS_GRPC_REFLECTION} -Wl,--pop-state PkgConfig::GRPC)
endif()
