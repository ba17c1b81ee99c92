# The archives of Abseil and gRPC in place of their shared libraries: the packages' own CMake and pkg-config files name only
# those.
get_directory_property(imported IMPORTED_TARGETS)
foreach(target ${imported})
  get_target_property(library ${target} IMPORTED_LOCATION_NONE)
  if(target MATCHES "^absl::" AND library)
    string(REGEX REPLACE "\\.so[.0-9]*$" ".a" archive ${library})
    set_target_properties(${target} PROPERTIES IMPORTED_LOCATION_NONE ${archive})
  endif()
endforeach()

# What gRPC needs of other packages stays shared (c-ares, OpenSSL, zlib, RE2).
set(grpc_archives)
foreach(name ${GRPC_STATIC_LIBRARIES})
  if(name MATCHES "^(absl_.*|grpc.*|gpr|upb|address_sorting)$")
    find_library(REDRESS_ARCHIVE_${name} lib${name}.a REQUIRED)
    list(APPEND grpc_archives ${REDRESS_ARCHIVE_${name}})
  else()
    list(APPEND grpc_archives -l${name})
  endif()
endforeach()
find_library(REDRESS_GRPC_REFLECTION_ARCHIVE libgrpc++_reflection.a REQUIRED)
target_link_libraries(redress_grpc INTERFACE
  # Reflection registers itself: nothing calls it.
  -Wl,--whole-archive ${REDRESS_GRPC_REFLECTION_ARCHIVE} -Wl,--no-whole-archive
  -Wl,--start-group ${grpc_archives} protobuf::libprotobuf -Wl,--end-group)
