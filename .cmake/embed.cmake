# Texts that are part of a program: the page's style sheet and scripts.

# shaketable_embed(<target> <output.cc> <header> <namespace> <name> <file>... [<name> <file>...])
#
# Writes a source that defines, for each name, `const char* const NAME` holding the file's bytes, and
# adds it to the target. Runs again when a file changes; needs nothing but CMake.
function(shaketable_embed target output header namespace)
  set(pairs ${ARGN})
  set(files "")
  list(LENGTH pairs length)
  math(EXPR last "${length} - 1")
  foreach(i RANGE 1 ${last} 2)
    list(GET pairs ${i} file)
    list(APPEND files "${CMAKE_SOURCE_DIR}/${file}")
  endforeach()
  string(REPLACE ";" "|" joined "${pairs}")
  set(path "${CMAKE_BINARY_DIR}/generated/${output}")
  add_custom_command(OUTPUT "${path}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${path}" "-DROOT=${CMAKE_SOURCE_DIR}" "-DHEADER=${header}"
            "-DNAMESPACE=${namespace}" "-DPAIRS=${joined}" -P "${CMAKE_SOURCE_DIR}/.cmake/embed_script.cmake"
    DEPENDS ${files} "${CMAKE_SOURCE_DIR}/.cmake/embed_script.cmake"
    COMMENT "Embedding ${output}" VERBATIM)
  target_sources(${target} PRIVATE "${path}")
endfunction()
