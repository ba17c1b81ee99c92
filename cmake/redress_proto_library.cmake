# redress_proto_library(NAME PROTOS a.proto b.proto [DEPS other_proto_library...] [GRPC])
#
# Generated code in a library of its own: compiled without warnings, debug information or sanitizers, never
# committed. Paths are relative to proto/. With GRPC also the service stubs, in `NAME_grpc`, for tests with a
# stock client.
function(redress_proto_library NAME)
  cmake_parse_arguments(ARG "GRPC" "" "PROTOS;DEPS" ${ARGN})
  set(root ${CMAKE_SOURCE_DIR}/proto)
  set(out ${CMAKE_BINARY_DIR}/generated/${NAME})
  file(MAKE_DIRECTORY ${out})
  set(messages)
  set(stubs)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" base ${proto})
    set(outputs ${out}/${base}.pb.cc ${out}/${base}.pb.h)
    set(plugin)
    if(ARG_GRPC)
      list(APPEND outputs ${out}/${base}.grpc.pb.cc ${out}/${base}.grpc.pb.h)
      set(plugin --grpc_out=${out} --plugin=protoc-gen-grpc=${REDRESS_GRPC_PLUGIN})
      list(APPEND stubs ${out}/${base}.grpc.pb.cc)
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND ${REDRESS_PROTOC} -I ${root} --cpp_out=${out} ${plugin} ${proto}
      DEPENDS ${root}/${proto}
      WORKING_DIRECTORY ${root}
      COMMENT "protoc ${proto}")
    list(APPEND messages ${out}/${base}.pb.cc)
  endforeach()
  add_library(${NAME} STATIC ${messages})
  target_include_directories(${NAME} SYSTEM PUBLIC ${out})
  target_link_libraries(${NAME} PUBLIC ${ARG_DEPS} protobuf::libprotobuf)
  target_compile_options(${NAME} PRIVATE -g0 -w)
  if(ARG_GRPC)
    add_library(${NAME}_grpc STATIC ${stubs})
    target_link_libraries(${NAME}_grpc PUBLIC ${NAME} redress_grpc)
    target_compile_options(${NAME}_grpc PRIVATE -g0 -w)
  endif()
endfunction()
