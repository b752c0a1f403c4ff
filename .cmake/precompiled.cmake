# Precompiled headers: a third of the time of a cold build goes into the standard library's headers.
# Only headers of others are in them, so that no edit of ours rebuilds one. A source file still names
# what it includes: the builds of `./dev test determinism --compilers` have none.

set(shaketable_standard_headers
    <algorithm> <array> <bit> <charconv> <cstddef> <cstdint> <cstdlib> <cstring> <deque> <functional>
    <limits> <map> <memory> <optional> <set> <span> <string> <string_view> <utility> <variant> <vector>)

# shaketable_precompile(<name> HEADERS <header>... [LIBS <library>...] [OPTIONS <option>...]):
# a target that others reuse with shaketable_use_precompiled(<target> <name>); g++ takes a
# precompiled header only with the options that it was made with.
function(shaketable_precompile name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LIBS;OPTIONS")
  if(NOT SHAKETABLE_PCH OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  set(source "${CMAKE_BINARY_DIR}/generated/${name}.cc")
  file(CONFIGURE OUTPUT "${source}" CONTENT "" @ONLY)
  add_library(${name} OBJECT "${source}")
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
  # What ccache hashes in place of the large file: all that the headers depend on.
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx.gch.sum"
       CONTENT "@CMAKE_CXX_COMPILER_VERSION@ @fmt_VERSION@ @GTest_VERSION@ @arg_HEADERS@" @ONLY)
endfunction()

function(shaketable_use_precompiled target name)
  if(NOT TARGET ${name})
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${name})
  # From a precompiled header g++ 12 no longer knows that the code is the standard library's, and
  # reports what it can't prove about std::string.
  target_compile_options(${target} PRIVATE -Wno-stringop-overflow -Wno-stringop-overread
                                           -Wno-array-bounds -Wno-null-dereference)
endfunction()

# Rooms that read or write a file once, and the tests: -O3 would only cost the build.
set(SHAKETABLE_COLD $<$<CONFIG:Release>:-O1>)

shaketable_precompile(st_headers HEADERS ${shaketable_standard_headers})
shaketable_precompile(st_cold_headers HEADERS ${shaketable_standard_headers}
                      OPTIONS ${SHAKETABLE_COLD})
if(SHAKETABLE_TESTS)
  shaketable_precompile(st_test_headers
                        HEADERS ${shaketable_standard_headers} <fmt/format.h> <gtest/gtest.h>
                                <gmock/gmock.h>
                        LIBS fmt::fmt GTest::gtest_main GTest::gmock
                        OPTIONS ${SHAKETABLE_COLD})
endif()
