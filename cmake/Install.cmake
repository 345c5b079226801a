# cmake --install: headers, the floors' libraries, the command, and the CMake package `floatsd`.
include(CMakePackageConfigHelpers)

get_property(floatsd_floors GLOBAL PROPERTY FLOATSD_FLOORS)
set(floatsd_floor_targets ${floatsd_floors})
list(TRANSFORM floatsd_floor_targets PREPEND floatsd_)

if(TARGET floatsd)  # whoever builds the command alone can install
  add_dependencies(floatsd ${floatsd_floor_targets} floatsd_c)
endif()

install(TARGETS ${floatsd_floor_targets} floatsd_all floatsd_c EXPORT floatsdTargets)
set(floatsd_headers ${PROJECT_SOURCE_DIR}/include/floatsd)
if(FLOATSD_RUNTIME_ONLY)
  install(DIRECTORY ${floatsd_headers}/core ${floatsd_headers}/runtime
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/floatsd)
  install(FILES ${floatsd_headers}/version.h ${floatsd_headers}/floatsd_c.h
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/floatsd)
else()
  install(DIRECTORY ${floatsd_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()

set(floatsd_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/floatsd)
install(EXPORT floatsdTargets NAMESPACE floatsd:: DESTINATION ${floatsd_package_dir})
configure_package_config_file(cmake/floatsdConfig.cmake.in
  ${PROJECT_BINARY_DIR}/floatsdConfig.cmake INSTALL_DESTINATION ${floatsd_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/floatsdConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/floatsdConfig.cmake
              ${PROJECT_BINARY_DIR}/floatsdConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/TorchTarget.cmake
        DESTINATION ${floatsd_package_dir})
