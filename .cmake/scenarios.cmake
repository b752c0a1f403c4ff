# The shipped scenarios as ctests: each passes as its file promises, and the README tells no lies.
if(TARGET shaketable)
  file(GLOB scenarios CONFIGURE_DEPENDS RELATIVE "${CMAKE_SOURCE_DIR}"
       "${CMAKE_SOURCE_DIR}/scenarios/*.yaml")
  foreach(scenario IN LISTS scenarios)
    get_filename_component(name "${scenario}" NAME_WE)
    add_test(NAME scenarios.${name}
             COMMAND shaketable run "${scenario}" --no-progress
             WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(scenarios.${name} PROPERTIES LABELS scenarios TIMEOUT 300)
    add_test(NAME results.${name}
             COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/same_reports.sh"
                     $<TARGET_FILE:shaketable> "${scenario}"
             WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(results.${name} PROPERTIES LABELS results TIMEOUT 600)
  endforeach()

  add_test(NAME scenarios.of_the_readme
           COMMAND "${CMAKE_SOURCE_DIR}/tests/tools/check_readme.sh" "${CMAKE_SOURCE_DIR}"
                   $<TARGET_FILE:shaketable>)
  find_program(SHAKETABLE_PYTHON python3)
  if(SHAKETABLE_PYTHON)
    add_test(NAME scenarios.thousand_services_are_as_generated
             COMMAND "${SHAKETABLE_PYTHON}" tests/tools/make_thousand_services.py
                     --compare scenarios/meshes/thousand-services.yaml
             WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(scenarios.thousand_services_are_as_generated PROPERTIES LABELS scenarios)
  endif()
  set_tests_properties(scenarios.of_the_readme PROPERTIES LABELS scenarios TIMEOUT 120)
endif()
