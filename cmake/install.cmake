# Installs headers, libraries, the CMake package and the pkg-config file.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/traj)

install(DIRECTORY include/traj DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS traj_shared EXPORT traj)
install(TARGETS traj_static EXPORT traj_static)
install(EXPORT traj NAMESPACE traj:: FILE trajTargets.cmake DESTINATION ${package_dir})
install(EXPORT traj_static NAMESPACE traj:: FILE trajStaticTargets.cmake DESTINATION ${package_dir})

write_basic_package_version_file(trajConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/trajConfig.cmake.in trajConfig.cmake INSTALL_DESTINATION ${package_dir})
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/trajConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/trajConfigVersion.cmake"
  DESTINATION ${package_dir})

# What users of the static library link besides.
set(pc_libs_private "-pthread -lm")
if(TRAJ_LINALG STREQUAL "openblas")
  install(FILES cmake/openblas.cmake DESTINATION ${package_dir})
  set(pc_libs_private "-llapacke -lopenblas -pthread -lm")
endif()

# A prefix relative to the file itself lets an installed tree be moved.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/traj.pc.in traj.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/traj.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
