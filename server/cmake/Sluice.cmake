# How a folder becomes a library and a test.
#
#   sluice_module(<name> [DEPS <dep>...] [TEST_DEPS <dep>...] [EXCLUDE <file>...] [INTERFACE_ONLY])
#       *.cc (without *_test.cc and EXCLUDE) -> library sluice_<name>; header-only without any.
#       *_test.cc                            -> one GoogleTest binary <name>_test, known to ctest.
#   sluice_binary(<name> SOURCES <file>... [DEPS <dep>...])
#       An executable in bin/.
#   sluice_test_script(<name> COMMAND <program> <arg>...)
#       A test that is not GoogleTest: it prints "ok|FAIL|skip <case> [reason]" lines.
#
# Tests find the build's binaries in $SLUICE_BIN_DIR and the fetched tools in $SLUICE_DEPS_DIR/bin.
#
# A <dep> is the name of another module (base, core, payby ...) or any CMake target (absl::time).
# Sub-folders are not searched: each has a CMakeLists.txt of its own, which the root adds; only
# below a provider's folder, or deeper than tests/a/b, add_subdirectory is yours.

# Adds the folders that have a CMakeLists.txt; the others are not written yet, or not wanted.
function(sluice_add_folders)
  foreach(folder IN LISTS ARGN)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt)
      add_subdirectory(${folder})
    endif()
  endforeach()
endfunction()

# Turns module names into targets, whatever order the folders are added in. Anything with a '::',
# and a library by its path or sluice_ name, is passed on as it is.
function(_sluice_resolve out)
  set(result "")
  foreach(dep IN LISTS ARGN)
    if(dep MATCHES "::|/|^sluice_")
      list(APPEND result ${dep})
    else()
      list(APPEND result "$<TARGET_NAME_IF_EXISTS:sluice_${dep}>")
    endif()
  endforeach()
  set(${out} "${result}" PARENT_SCOPE)
endfunction()

# Every include path starts at the root of the repository, or in the generated protos.
function(_sluice_includes target scope)
  target_include_directories(${target} ${scope} ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/proto)
endfunction()

function(sluice_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERFACE_ONLY" "" "DEPS;TEST_DEPS;EXCLUDE")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM arg_EXCLUDE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(REMOVE_ITEM sources "" ${arg_EXCLUDE})
  _sluice_resolve(deps ${arg_DEPS})

  if(sources AND NOT arg_INTERFACE_ONLY)
    add_library(sluice_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(sluice_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  _sluice_includes(sluice_${name} ${scope})
  target_link_libraries(sluice_${name} ${scope} ${deps} Threads::Threads)
  sluice_module_tests(${name} TEST_DEPS ${arg_TEST_DEPS})
endfunction()

# The test binary of a module, from the *_test.cc of this folder.
function(sluice_module_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "TEST_DEPS")
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(NOT tests OR NOT SLUICE_TESTS)
    return()
  endif()
  _sluice_resolve(test_deps ${arg_TEST_DEPS})
  add_executable(${name}_test ${tests})
  target_link_libraries(${name}_test PRIVATE sluice_${name} ${test_deps} GTest::gmock
                                             GTest::gtest_main)
  # GoogleTest's macros hold an if-else of their own. The tested code stays at full optimisation;
  # the test's own compiles faster with less.
  target_compile_options(${name}_test PRIVATE -Wno-dangling-else $<$<CONFIG:Release>:-O1>)
  _sluice_register_test(${name}_test gtest)
endfunction()

function(sluice_binary name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPS")
  _sluice_resolve(deps ${arg_DEPS})
  add_executable(${name} ${arg_SOURCES})
  _sluice_includes(${name} PRIVATE)
  target_link_libraries(${name} PRIVATE ${deps} Threads::Threads)
endfunction()

function(sluice_test_script name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COMMAND")
  add_test(NAME ${name}
           COMMAND bash tests/dev/run_script.sh ${PROJECT_BINARY_DIR}/reports/${name}.txt
                   ${arg_COMMAND}
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  _sluice_test_properties(${name} script)
endfunction()

function(_sluice_register_test name kind)
  target_compile_definitions(${name} PRIVATE SLUICE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                             SLUICE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  _sluice_test_properties(${name} ${kind})
endfunction()

# Tests run in the root of the repository, so testdata is read by its path there. Reports go where
# `./dev test` counts the cases. A suite that needs more than its time limit is a hung suite.
function(_sluice_test_properties name kind)
  set(supp ${CMAKE_SOURCE_DIR}/tests/sanitizers)
  set(timeout_s 600)
  if(SLUICE_SANITIZE)
    set(timeout_s 1800)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS ${kind} TIMEOUT ${timeout_s})
  string(JOIN ":" tsan_options suppressions=${supp}/tsan.supp ignore_noninstrumented_modules=1
                               second_deadlock_stack=1)
  set_property(TEST ${name} PROPERTY ENVIRONMENT
    "GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/reports/${name}.xml"
    "GTEST_BRIEF=1"  # Passed cases say nothing, so that a failure is found.
    "SLUICE_BIN_DIR=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
    "SLUICE_DEPS_DIR=${SLUICE_DEPS_DIR}"
    "ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1"
    "LSAN_OPTIONS=suppressions=${supp}/lsan.supp:print_suppressions=0"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=${tsan_options}")
endfunction()
