# Language level, warnings and sanitizers, shared by every target through bellwether_options.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

find_program(BELLWETHER_CCACHE ccache)
if(BELLWETHER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${BELLWETHER_CCACHE}")
endif()

add_library(bellwether_options INTERFACE)
target_include_directories(bellwether_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(bellwether_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # GCC 12 warns of overlapping copies in std::string where there are none (GCC bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${BELLWETHER_WERROR}>:-Werror>)
# Hardening of what is shipped. FORTIFY needs optimisation and does not mix with sanitizers.
if(NOT BELLWETHER_SANITIZE)
  add_compile_options(-fstack-protector-strong)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  endif()
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
if(BELLWETHER_SANITIZE)
  add_compile_options(-fsanitize=${BELLWETHER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${BELLWETHER_SANITIZE})
  if(BELLWETHER_BUILD_FUZZERS AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    # libFuzzer finds its way by the coverage of the code under test, not only of the target.
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
endif()
