# Pages in a real browser: tests/e2e. Each test says "skipped" (77) when node, chromium or the modules
# are not installed; `./dev test` installs them.
add_executable(e2e_pages tests/e2e/e2e_pages_main.cc)
target_include_directories(e2e_pages PRIVATE "${CMAKE_SOURCE_DIR}")
target_link_libraries(e2e_pages PRIVATE st_html st_reports st_judge st_test_support)

add_test(NAME e2e.pages COMMAND e2e_pages "${CMAKE_BINARY_DIR}/e2e" WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
set_tests_properties(e2e.pages PROPERTIES LABELS e2e TIMEOUT 300 FIXTURES_SETUP e2e_pages)
file(GLOB e2e_tests CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/tests/e2e" "${CMAKE_SOURCE_DIR}/tests/e2e/*.mjs")
list(REMOVE_ITEM e2e_tests harness.mjs)
foreach(file IN LISTS e2e_tests)
  get_filename_component(name "${file}" NAME_WE)
  add_test(NAME e2e.${name} COMMAND "${CMAKE_SOURCE_DIR}/tests/e2e/run.sh" "${file}"
           WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
  set_tests_properties(e2e.${name} PROPERTIES
                       LABELS e2e TIMEOUT 900 PROCESSORS 2 SKIP_RETURN_CODE 77 FIXTURES_REQUIRED e2e_pages
                       ENVIRONMENT "SHAKETABLE_E2E=${CMAKE_SOURCE_DIR}/build/e2e;SHAKETABLE_PAGES=${CMAKE_BINARY_DIR}/e2e")
endforeach()
