# Every third-party library, in one place. Versions are those of Debian 12.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(absl REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(nlohmann_json 3.11 REQUIRED)

# gRPC and Protobuf, without TLS: the channel to Grafana is cleartext on loopback. With BELLWETHER_STATIC everything
# comes from Debian's archives, so that an executable passed to bellwether_link_static() needs no file but itself.
add_library(bellwether_grpc INTERFACE)
if(BELLWETHER_STATIC)
  # Debian's Abseil package names the shared objects; the archives lie beside them.
  get_property(imported_targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target ${imported_targets})
    get_target_property(location ${target} IMPORTED_LOCATION_NONE)
    if(target MATCHES "^absl::" AND location MATCHES "^(.*)\\.so[.0-9]*$")
      set_target_properties(${target} PROPERTIES
        IMPORTED_LOCATION_NONE "${CMAKE_MATCH_1}.a" IMPORTED_SONAME_NONE "" IMPORTED_NO_SONAME_NONE TRUE)
    endif()
  endforeach()
  pkg_check_modules(BELLWETHER_GRPC REQUIRED grpc++_unsecure gpr protobuf)
  # pkg-config lists Abseil in no order a one-pass linker could use, and leaves out gRPC's private archives.
  set(grpc_archives "")
  foreach(name ${BELLWETHER_GRPC_STATIC_LIBRARIES} upb address_sorting re2 cares z)
    find_library(BELLWETHER_ARCHIVE_${name} NAMES "lib${name}.a")
    mark_as_advanced(BELLWETHER_ARCHIVE_${name})
    if(BELLWETHER_ARCHIVE_${name})
      list(APPEND grpc_archives "${BELLWETHER_ARCHIVE_${name}}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES grpc_archives)
  target_link_libraries(bellwether_grpc INTERFACE -Wl,--start-group ${grpc_archives} -Wl,--end-group Threads::Threads)
  add_compile_options(-ffunction-sections -fdata-sections)
else()
  pkg_check_modules(BELLWETHER_GRPC REQUIRED IMPORTED_TARGET grpc++_unsecure gpr protobuf)
  target_link_libraries(bellwether_grpc INTERFACE PkgConfig::BELLWETHER_GRPC Threads::Threads)
endif()

# Makes `target` a fully static, position-independent, stripped executable when BELLWETHER_STATIC is on; otherwise
# does nothing.
function(bellwether_link_static target)
  if(BELLWETHER_STATIC)
    target_link_options(${target} PRIVATE -static-pie -Wl,--gc-sections -s)
    set_target_properties(${target} PROPERTIES LINK_SEARCH_START_STATIC ON LINK_SEARCH_END_STATIC ON)
  endif()
endfunction()
