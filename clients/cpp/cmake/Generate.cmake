# The generated code, for a build of this folder alone.
set(SLUICE_PROTO_DIR ${CMAKE_CURRENT_SOURCE_DIR}/../../proto CACHE PATH "The folder with sluice/v1")
set(SLUICE_GOOGLEAPIS_DIR ${CMAKE_CURRENT_SOURCE_DIR}/../../build/deps/googleapis
    CACHE PATH "The folder with google/rpc")
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_program(SLUICE_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)
if(NOT EXISTS ${SLUICE_GOOGLEAPIS_DIR}/google/rpc/status.proto)
  message(FATAL_ERROR "No google/rpc/status.proto in ${SLUICE_GOOGLEAPIS_DIR}: "
                      "set SLUICE_GOOGLEAPIS_DIR, or run './dev deps' in the repository")
endif()

set(out ${CMAKE_CURRENT_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${out})
file(GLOB protos RELATIVE ${SLUICE_PROTO_DIR} ${SLUICE_PROTO_DIR}/sluice/v1/*.proto)
list(APPEND protos google/api/field_behavior.proto google/api/resource.proto
     google/rpc/error_details.proto google/rpc/status.proto)
set(generated "")
foreach(proto IN LISTS protos)
  string(REGEX REPLACE "\\.proto$" "" stem ${proto})
  list(APPEND generated ${out}/${stem}.pb.cc ${out}/${stem}.grpc.pb.cc)
  add_custom_command(
    OUTPUT ${out}/${stem}.pb.cc ${out}/${stem}.grpc.pb.cc ${out}/${stem}.pb.h
    COMMAND protobuf::protoc -I${SLUICE_PROTO_DIR} -I${SLUICE_GOOGLEAPIS_DIR} --cpp_out=${out}
            --grpc_out=${out} --plugin=protoc-gen-grpc=${SLUICE_GRPC_CPP_PLUGIN} ${proto}
    VERBATIM)
endforeach()
add_library(sluice_proto STATIC ${generated})
target_compile_options(sluice_proto PRIVATE -w)
target_include_directories(sluice_proto SYSTEM PUBLIC $<BUILD_INTERFACE:${out}>
                                                      $<INSTALL_INTERFACE:include>)
target_link_libraries(sluice_proto PUBLIC gRPC::grpc++ protobuf::libprotobuf)
