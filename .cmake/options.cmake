# Build types, sanitizers, warnings and the compiler cache.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

set(SHAKETABLE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined or thread")
option(SHAKETABLE_COVERAGE "Instrument for coverage (gcov)" OFF)
option(SHAKETABLE_FUZZ "Build the fuzzers of tests/fuzz (needs clang)" OFF)
option(SHAKETABLE_TESTS "Build the tests" ON)

option(SHAKETABLE_PCH "Precompile the headers of the standard library and GoogleTest (g++)" ON)
option(SHAKETABLE_GUI "Build the Qt 6 application (./dev test gui turns it on)" OFF)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

# Asserts stay on in every build: NDEBUG is never defined. A broken invariant of the core must stop
# the run, because a wrong result that looks right is worse.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")

# The same bits on every machine: a fused multiply-add would round differently.
add_compile_options(-ffp-contract=off $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
# Messages and debug information name files from the root of the tree, not of one machine.
if(NOT SHAKETABLE_COVERAGE)
  add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
endif()

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these two on correct std::string, std::optional and tl::expected code at -O2.
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized)
endif()

if(SHAKETABLE_SANITIZE)
  add_compile_options(-fsanitize=${SHAKETABLE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SHAKETABLE_SANITIZE})
  if(SHAKETABLE_SANITIZE MATCHES "thread")
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
endif()
if(SHAKETABLE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Two build directories of one preset share their objects, in other checkouts as well.
  # The sloppiness is for precompiled headers (ccache(1)); a miss need not run the preprocessor.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=1 "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}"
                                  CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_PCH_EXTSUM=1
                                  CCACHE_DEPEND=1
                                  "${CCACHE_PROGRAM}")
endif()
