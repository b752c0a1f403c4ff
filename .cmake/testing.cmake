# The test programs, and the checks of tests/tools as ctests.
include(GoogleTest)

shaketable_library(st_test_support tests/support DEPS st_core st_loadgen_core st_kernel st_record)

shaketable_tests(proxy_tests LABEL proxy
                 FOLDERS tests/proxy/base tests/proxy/config tests/proxy/telemetry tests/proxy/core
                 DEPS st_core st_config st_telemetry st_base st_test_support)
shaketable_tests(http_tests LABEL http FOLDERS tests/proxy/http
                 DEPS st_http st_core st_base st_test_support OpenSSL::SSL Boost::json shaketable::re2)
shaketable_tests(live_tests LABEL live FOLDERS tests/proxy/live tests/proxy/app
                 DEPS st_proxy_app st_live st_http st_core st_base st_test_support OpenSSL::SSL)
shaketable_tests(engine_tests LABEL engine FOLDERS tests/loadgen/core tests/loadgen/journey tests/engine
                 DEPS st_cli st_formats st_sim st_judge st_reports st_result st_test_support)
shaketable_tests(load_tests LABEL load
                 FOLDERS tests/loadgen/live tests/loadgen/results tests/loadgen/reports
                         tests/loadgen/app
                 DEPS st_loadgen_app st_loadgen_live st_loadgen_reports st_loadgen_results st_test_support OpenSSL::SSL)
shaketable_tests(reports_tests LABEL reports FOLDERS tests/reports
                 DEPS st_database st_exports st_html st_reports st_judge st_test_support shaketable::re2)
shaketable_tests(fidelity_tests LABEL fidelity FOLDERS tests/fidelity
                 DEPS st_cli st_formats st_sim st_judge st_test_support)

if(SHAKETABLE_GUI)
  # Without widgets, on any machine.
  shaketable_tests(gui_model_tests LABEL gui FOLDERS tests/gui/document tests/gui/run tests/gui/find
                   DEPS st_gui_find st_gui_run st_gui_document st_test_support)
  # With widgets, which need no display: Qt draws into memory.
  shaketable_tests(gui_tests QT LABEL gui
                   FOLDERS tests/gui/support tests/gui/workbench tests/gui/canvas tests/gui/panels
                           tests/gui/wizards tests/gui/analysis tests/gui/golden tests/gui/app
                   DEPS st_gui_app st_gui_wizards st_gui_analysis st_gui_panels st_gui_workbench
                        st_gui_canvas Qt6::Widgets Qt6::Test Qt6::DBus)
  target_compile_definitions(gui_tests PRIVATE QT_NO_KEYWORDS)
  shaketable_compile_together(gui_tests 3)
  target_compile_options(gui_tests PRIVATE -O1)
  shaketable_check(desktop check_desktop.sh "${CMAKE_SOURCE_DIR}")
  set_tests_properties(check.desktop PROPERTIES LABELS gui SKIP_RETURN_CODE 77)
  add_executable(gui_bench EXCLUDE_FROM_ALL tests/bench/gui/gui_bench_main.cc
                                            tests/bench/gui/slowdown.cc)
  target_include_directories(gui_bench PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(gui_bench PRIVATE st_gui_app Qt6::Widgets Qt6::Test)
  target_compile_definitions(gui_bench PRIVATE QT_NO_KEYWORDS)
endif()

shaketable_benchmarks(tests/bench DEPS st_html st_http st_cli st_formats st_sim st_judge st_test_support)

# --- checks of the tree; each is shown to fail on a bad example by check.of_checks --------------
set(pure_archives "")
foreach(room st_base st_config st_telemetry st_core st_loadgen_core st_kernel st_world st_sim)
  get_target_property(type ${room} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND pure_archives "$<TARGET_FILE:${room}>")
  endif()
endforeach()
if(pure_archives AND NOT SHAKETABLE_COVERAGE)  # gcov's own calls are not pure
  shaketable_check(purity check_pure.sh ${pure_archives})
endif()
shaketable_check(layers check_layers.sh "${CMAKE_SOURCE_DIR}")
shaketable_check(tree check_tree.sh "${CMAKE_SOURCE_DIR}")
shaketable_check(headers check_headers.sh "${CMAKE_SOURCE_DIR}" "${CMAKE_CXX_COMPILER}"
                 "${CMAKE_BINARY_DIR}/headers")
shaketable_check(of_checks checks_selftest.sh "${CMAKE_CXX_COMPILER}")

# --- the proxy between programs that nobody here wrote --------------------------------------------
# A test skips what is not installed; `./dev test` installs all of it.
if(TARGET shaketable-proxy)
  file(GLOB integration_tests CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}/tests/integration"
       "${CMAKE_SOURCE_DIR}/tests/integration/test_*.py")
  foreach(file IN LISTS integration_tests)
    get_filename_component(name "${file}" NAME_WE)
    string(REPLACE "test_" "" short_name "${name}")
    # Debian's own Python: its packages are not another one's.
    add_test(NAME integration.${short_name} COMMAND /usr/bin/python3 -W ignore -m unittest ${name}
             WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}/tests/integration")
    set_tests_properties(integration.${short_name} PROPERTIES
                         LABELS integration TIMEOUT 300 PROCESSORS 2
                         ENVIRONMENT "SHAKETABLE_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endif()

include(e2e)  # the pages of a run in a browser

# --- the same seed gives the same bytes, for every shipped scenario ------------------------------
if(TARGET shaketable)
  file(GLOB scenarios CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}"
       "${CMAKE_SOURCE_DIR}/scenarios/*.yaml")
  foreach(scenario IN LISTS scenarios)
    get_filename_component(name "${scenario}" NAME_WE)
    add_test(NAME determinism.${name}
             COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/compare_builds.sh"
                     $<TARGET_FILE:shaketable> $<TARGET_FILE:shaketable> "${scenario}")
    set_tests_properties(determinism.${name} PROPERTIES LABELS determinism TIMEOUT 600 PROCESSORS 2)
  endforeach()
  add_test(NAME determinism.jobs
           COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/compare_jobs.sh" $<TARGET_FILE:shaketable>)
  set_tests_properties(determinism.jobs PROPERTIES LABELS determinism TIMEOUT 1800 PROCESSORS 2)
endif()

# --- every event set gives the same runs ---------------------------------------------------------
# The simulator is compiled once more for each, with its own choice of kernel. A sanitizer would find
# there what it finds in the simulator's own tests.
if(NOT SHAKETABLE_SANITIZE)
  set(event_set_programs "")
  file(GLOB simulator_sources CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/engine/sim/*.cc")
  foreach(set 0 1 2)
    set(program event_set_${set}_fingerprints)
    if(set EQUAL 0)
      add_executable(${program} tests/determinism/fingerprints_main.cc)
      target_link_libraries(${program} PRIVATE st_sim)
    else()
      add_executable(${program} tests/determinism/fingerprints_main.cc ${simulator_sources})
      target_compile_definitions(${program} PRIVATE SHAKETABLE_EVENT_SET=${set})
      target_compile_options(${program} PRIVATE ${SHAKETABLE_COLD})
      shaketable_use_precompiled(${program} st_cold_headers)
      shaketable_compile_together(${program} 13)
      target_link_libraries(${program} PRIVATE st_world st_core st_loadgen_core st_record st_kernel)
    endif()
    target_include_directories(${program} PRIVATE "${CMAKE_SOURCE_DIR}")
    list(APPEND event_set_programs "$<TARGET_FILE:${program}>")
  endforeach()
  add_test(NAME determinism.event_sets
           COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/same_output.sh" ${event_set_programs})
  set_tests_properties(determinism.event_sets PROPERTIES LABELS determinism TIMEOUT 300)
endif()

if(SHAKETABLE_FUZZ)
  shaketable_fuzzers(tests/fuzz archive DEPS st_config)
  shaketable_fuzzers(tests/fuzz client_hello http1 http2 proxy_protocol spiffe_id DEPS st_http)
  shaketable_fuzzers(tests/fuzz admin_request journal trace_headers DEPS st_live)
  shaketable_fuzzers(tests/fuzz access_log DEPS st_loadgen_core)
  shaketable_fuzzers(tests/fuzz answer DEPS st_loadgen_journey)
  shaketable_fuzzers(tests/fuzz load_result DEPS st_loadgen_results)
  shaketable_fuzzers(tests/fuzz target_url websocket DEPS st_loadgen_live)
  shaketable_fuzzers(tests/fuzz document istio load_file scenario DEPS st_formats)
  shaketable_fuzzers(tests/fuzz proxy_file workload DEPS st_proxy_app)
  shaketable_fuzzers(tests/fuzz query result DEPS st_cli st_database st_html st_result)
  shaketable_all_fuzzers_named(tests/fuzz)
endif()
