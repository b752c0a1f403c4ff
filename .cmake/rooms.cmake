# How folders become targets. Sources are globbed, so a new file needs no edit here.

# shaketable_library(<target> <folder>... [DEPS <room>...] [LIBS <library>...] [COLD] [TOGETHER])
#
# A static library of the *.cc directly in the folders. DEPS are the rooms that it may include; LIBS
# are foreign libraries. COLD: a room that reads or writes a file once; -O3 would only cost the build.
# TOGETHER: a room whose headers cost more than its code; see shaketable_compile_together.
# A room of headers only gets one generated source that includes them all, so that every room has an
# archive to check; a folder without any source becomes an empty target.
function(shaketable_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD;TOGETHER" "" "DEPS;LIBS")
  set(sources "")
  set(headers "")
  foreach(folder IN LISTS arg_UNPARSED_ARGUMENTS)
    file(GLOB found CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${folder}/*.cc")
    list(APPEND sources ${found})
    file(GLOB found CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}" "${CMAKE_SOURCE_DIR}/${folder}/*.h")
    list(APPEND headers ${found})
  endforeach()

  if(NOT sources AND NOT headers)
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_DEPS} ${arg_LIBS})
    return()
  endif()
  if(NOT sources)
    set(text "")
    foreach(header IN LISTS headers)
      string(APPEND text "#include \"${header}\"\n")
    endforeach()
    set(sources "${CMAKE_BINARY_DIR}/generated/${target}_headers.cc")
    file(CONFIGURE OUTPUT "${sources}" CONTENT "${text}" @ONLY)
  endif()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PUBLIC ${arg_DEPS} PRIVATE ${arg_LIBS})
  if(arg_COLD)
    target_compile_options(${target} PRIVATE ${SHAKETABLE_COLD})
    shaketable_use_precompiled(${target} st_cold_headers)
  else()
    shaketable_use_precompiled(${target} st_headers)
  endif()
  if(arg_TOGETHER)
    shaketable_compile_together(${target} 8)
  endif()
endfunction()

# shaketable_compile_together(<target> <number>): so many files are compiled as one. Names of the
# unnamed namespaces must differ within a room then. Builds without precompiled headers, which show
# that a file names what it includes, do not do it; nor does clang, which warns of a local name that
# another file of the batch has in its unnamed namespace.
function(shaketable_compile_together target number)
  if(SHAKETABLE_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${number})
  endif()
endfunction()

# shaketable_qt_room(<target>): lets a room hold Q_OBJECT classes.
function(shaketable_qt_room target)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    # Qt does the work at run time: -O1 is enough.
    set_target_properties(${target} PROPERTIES DISABLE_PRECOMPILE_HEADERS ON
                                               AUTOMOC ON AUTOGEN_ORIGIN_DEPENDS OFF)
    shaketable_compile_together(${target} 7)
    target_compile_options(${target} PRIVATE -O1)
    target_compile_definitions(${target} PRIVATE QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS)
  endif()
endfunction()

# shaketable_program(<name> <main source> [DEPS ...] [LIBS ...]): an executable in bin/, when its
# main source is there.
function(shaketable_program name main)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPS;LIBS")
  file(GLOB found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${main}")
  if(NOT found)
    return()
  endif()
  add_executable(${name} "${found}")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${arg_DEPS} ${arg_LIBS})
endfunction()

# shaketable_tests(<target> [QT] LABEL <label> FOLDERS <folder>... DEPS <room>...)
#
# One gtest program of all *.cc below the folders; each test is a ctest of the given label. Tests run
# in the root of the tree, with SHAKETABLE_BIN naming the folder of the built programs. QT: it has
# Qt's headers, and its own flags.
function(shaketable_tests target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "QT" "LABEL" "FOLDERS;DEPS")
  set(sources "")
  foreach(folder IN LISTS arg_FOLDERS)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*.cc")
    list(APPEND sources ${found})
  endforeach()
  if(NOT sources)
    return()
  endif()
  add_executable(${target} ${sources})
  target_include_directories(${target} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${target} PRIVATE ${arg_DEPS} GTest::gtest_main GTest::gmock fmt::fmt)
  if(NOT arg_QT)
    target_compile_options(${target} PRIVATE ${SHAKETABLE_COLD})
    shaketable_use_precompiled(${target} st_test_headers)
  endif()
  gtest_discover_tests(${target}
                       DISCOVERY_MODE PRE_TEST
                       NO_PRETTY_VALUES
                       DISCOVERY_TIMEOUT 60
                       WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}"
                       PROPERTIES LABELS "${arg_LABEL}" TIMEOUT 300
                                  ENVIRONMENT "SHAKETABLE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()

# shaketable_benchmarks(<folder> DEPS ...): one program per *_bench.cc in the folder or one below
# it, outside `all`; the target `benchmarks` builds every one.
function(shaketable_benchmarks folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS")
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*_bench.cc"
                                      "${CMAKE_SOURCE_DIR}/${folder}/*/*_bench.cc")
  add_custom_target(benchmarks)
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    add_executable(${name} EXCLUDE_FROM_ALL "${source}")
    target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${arg_DEPS} fmt::fmt)
    add_dependencies(benchmarks ${name})
  endforeach()
endfunction()

# shaketable_check(<name> <script> <argument>...): a script of tests/tools as a ctest `check.<name>`.
function(shaketable_check name script)
  add_test(NAME check.${name} COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/${script}" ${ARGN})
  set_tests_properties(check.${name} PROPERTIES LABELS checks TIMEOUT 300)
endfunction()

# shaketable_fuzzers(<folder> <name>... DEPS <room>...): a libFuzzer program of each <name>_fuzz.cc.
# DEPS are the rooms that its own includes need, so that one fuzzer does not build everything.
function(shaketable_fuzzers folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPS")
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "the fuzzers need clang: cmake --preset fuzz")
  endif()
  foreach(name IN LISTS arg_UNPARSED_ARGUMENTS)
    add_executable(${name}_fuzz "${CMAKE_SOURCE_DIR}/${folder}/${name}_fuzz.cc")
    target_include_directories(${name}_fuzz PRIVATE "${CMAKE_SOURCE_DIR}")
    target_link_libraries(${name}_fuzz PRIVATE ${arg_DEPS})
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  endforeach()
endfunction()

# shaketable_all_fuzzers_named(<folder>): none of the folder's fuzzers was forgotten.
function(shaketable_all_fuzzers_named folder)
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/${folder}/*_fuzz.cc")
  foreach(source IN LISTS sources)
    get_filename_component(name "${source}" NAME_WE)
    if(NOT TARGET ${name})
      message(FATAL_ERROR "${source} has no shaketable_fuzzers() line in .cmake/testing.cmake")
    endif()
  endforeach()
endfunction()
