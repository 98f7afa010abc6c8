# The libraries Sluice stands on. A newer version on CMAKE_PREFIX_PATH is picked up.
#
# `./dev deps` installs what is missing. Three things are in no Debian package that could be used
# as it is and live in SLUICE_DEPS_DIR: BoringSSL's static libcrypto, the googleapis protos, buf.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
pkg_check_modules(qrencode REQUIRED IMPORTED_TARGET libqrencode)
if(SLUICE_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()

# Debian's gRPC and protobuf name the plug-in in different ways; the program itself is the fact.
find_program(SLUICE_GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# RapidJSON is headers only, and its package exports no target.
find_path(SLUICE_RAPIDJSON_INCLUDE rapidjson/document.h REQUIRED)
add_library(sluice_rapidjson INTERFACE)
target_include_directories(sluice_rapidjson SYSTEM INTERFACE ${SLUICE_RAPIDJSON_INCLUDE})

# Boost.URL is a library in 1.81; the others we use (Beast, Asio) are headers only.
find_library(SLUICE_BOOST_URL boost_url REQUIRED)
add_library(sluice_boost_url INTERFACE)
target_link_libraries(sluice_boost_url INTERFACE Boost::headers ${SLUICE_BOOST_URL})

# BoringSSL: static, its symbols hidden, so that it lives beside the OpenSSL which gRPC and libcurl
# bring as shared libraries. Its headers are on the path of targets that name sluice_boringssl only.
set(BORINGSSL_ROOT ${SLUICE_DEPS_DIR}/boringssl CACHE PATH
    "A built BoringSSL: include/openssl/ and lib/libcrypto.a")
add_library(sluice_boringssl INTERFACE)
if(EXISTS ${BORINGSSL_ROOT}/lib/libcrypto.a)
  target_include_directories(sluice_boringssl SYSTEM BEFORE INTERFACE ${BORINGSSL_ROOT}/include)
else()
  message(WARNING "No BoringSSL in ${BORINGSSL_ROOT}: run ./dev deps, or set BORINGSSL_ROOT")
endif()
