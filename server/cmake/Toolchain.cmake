# Compiler, linker and their flags, for every target of the build.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

find_program(SLUICE_CCACHE ccache)
if(SLUICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${SLUICE_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SLUICE_CCACHE})
endif()

find_program(SLUICE_LLD ld.lld)
if(SLUICE_LLD)
  add_link_options(-fuse-ld=lld)
endif()

add_compile_options(
  -Wall -Wextra
  # Designated initialisers leave members to their defaults on purpose.
  -Wno-missing-field-initializers
  # gRPC and Abseil interfaces force parameters that an implementation does not need.
  -Wno-unused-parameter)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of gcc 12 inside the standard library's own strings and optionals.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()
if(SLUICE_DEV)
  add_compile_options(-Werror)
endif()

# Hardening. _FORTIFY_SOURCE needs an optimised build and does not go with the sanitizers.
add_compile_options(-fstack-protector-strong)
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,--as-needed)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
if(NOT SLUICE_SANITIZE)
  add_compile_options(
    "$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>"
    "$<$<CONFIG:Release,RelWithDebInfo>:-fstack-clash-protection>"
    "$<$<CONFIG:Release,RelWithDebInfo>:-D_GLIBCXX_ASSERTIONS>")
elseif(SLUICE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(SLUICE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # atomic_thread_fence inside Boost.Asio
  endif()
else()
  message(FATAL_ERROR "SLUICE_SANITIZE must be empty, 'address' or 'thread', "
                      "not '${SLUICE_SANITIZE}'")
endif()
