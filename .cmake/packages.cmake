# The libraries, all from Debian; `./dev` knows their package names and installs them.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(CLI11 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(SQLite3 REQUIRED)
if(SHAKETABLE_TESTS)
  find_package(GTest REQUIRED)
endif()

# RE2 ships no CMake package here.
find_library(RE2_LIBRARY re2 REQUIRED)
find_path(RE2_INCLUDE_DIR re2/re2.h REQUIRED)
add_library(shaketable::re2 UNKNOWN IMPORTED)
set_target_properties(shaketable::re2 PROPERTIES
                      IMPORTED_LOCATION "${RE2_LIBRARY}"
                      INTERFACE_INCLUDE_DIRECTORIES "${RE2_INCLUDE_DIR}")

find_package(OpenSSL 3 REQUIRED)
find_library(NGHTTP2_LIBRARY nghttp2 REQUIRED)
find_path(NGHTTP2_INCLUDE_DIR nghttp2/nghttp2.h REQUIRED)
add_library(shaketable::nghttp2 UNKNOWN IMPORTED)
set_target_properties(shaketable::nghttp2 PROPERTIES
                      IMPORTED_LOCATION "${NGHTTP2_LIBRARY}"
                      INTERFACE_INCLUDE_DIRECTORIES "${NGHTTP2_INCLUDE_DIR}")

if(SHAKETABLE_GUI)
  find_package(Qt6 6.4 REQUIRED COMPONENTS Widgets Svg DBus Network)
  if(SHAKETABLE_TESTS)
    find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
  endif()
endif()
