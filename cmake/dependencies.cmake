# Every third-party library of the project, each under one target name. All are Debian 12 packages.
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
find_library(REDRESS_GRPC_REFLECTION grpc++_reflection REQUIRED)

# The allocator of the executables: events, rows and batches are made on one thread and freed on another, which costs
# glibc's a tenth of all CPU. Sanitizers bring their own.
add_library(redress_allocator INTERFACE)
if(NOT REDRESS_SANITIZE)
  find_library(REDRESS_JEMALLOC jemalloc REQUIRED)
  target_link_libraries(redress_allocator INTERFACE
    -Wl,--push-state,--no-as-needed ${REDRESS_JEMALLOC} -Wl,--pop-state)
endif()

# Programs that are optimised as a whole hold RocksDB themselves: its thread-local counts, asked at every comparison of
# keys, and its many small calls cost a twentieth of all CPU across the border of a shared library. Tests load it, which
# keeps their files small.
add_library(redress_rocksdb INTERFACE)
if(REDRESS_LTO)
  target_link_libraries(redress_rocksdb INTERFACE RocksDB::rocksdb)
else()
  target_link_libraries(redress_rocksdb INTERFACE RocksDB::rocksdb-shared)
endif()

add_library(redress_grpc INTERFACE)
target_link_libraries(redress_grpc INTERFACE
  -Wl,--push-state,--no-as-needed ${REDRESS_GRPC_REFLECTION} -Wl,--pop-state PkgConfig::GRPC)
