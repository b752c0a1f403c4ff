# The test programs, and the checks of tests/tools as ctests.
include(GoogleTest)

shaketable_library(st_test_support tests/support DEPS st_core st_loadgen_core st_kernel)

shaketable_tests(proxy_tests LABEL proxy FOLDERS tests/proxy
                 DEPS st_core st_config st_telemetry st_base st_test_support)
shaketable_tests(engine_tests LABEL engine FOLDERS tests/loadgen tests/engine
                 DEPS st_cli st_formats st_sim st_judge st_reports st_test_support)
shaketable_tests(reports_tests LABEL reports FOLDERS tests/reports
                 DEPS st_reports st_judge st_test_support)
shaketable_tests(fidelity_tests LABEL fidelity FOLDERS tests/fidelity
                 DEPS st_cli st_formats st_sim st_judge st_test_support)

shaketable_benchmarks(tests/bench DEPS st_cli st_formats st_sim st_judge st_test_support)

if(SHAKETABLE_FUZZ)
  shaketable_fuzzers(tests/fuzz DEPS st_cli st_formats st_sim)
endif()
