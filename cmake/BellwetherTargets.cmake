# One library target per module: bellwether_module(frame SOURCES ... DEPS bellwether::base PRIVATE_DEPS ...).
# DEPS are visible in the module's headers, PRIVATE_DEPS only in its .cc files.
function(bellwether_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(bellwether_${name} STATIC ${ARG_SOURCES})
  add_library(bellwether::${name} ALIAS bellwether_${name})
  target_link_libraries(bellwether_${name} PUBLIC ${ARG_DEPS} PRIVATE bellwether_options ${ARG_PRIVATE_DEPS})
  target_include_directories(bellwether_${name} PUBLIC "${CMAKE_SOURCE_DIR}")
endfunction()

# bellwether_test(frame_test SOURCES a_test.cc b_test.cc DEPS bellwether::frame LABELS unit): one executable per module.
function(bellwether_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE bellwether_options ${ARG_DEPS} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE BELLWETHER_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()
