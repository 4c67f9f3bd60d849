# Installs headers, libraries, the CMake package and the pkg-config file. The build directory has package files of its
# own, so that it can be used in place of a prefix.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/traj)

install(DIRECTORY include/traj DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS traj_shared EXPORT traj)
install(TARGETS traj_static EXPORT traj_static)

# traj_export(EXPORT FILE): the targets of the export in FILE, among the package files and in the build directory.
function(traj_export export file)
  install(EXPORT ${export} NAMESPACE traj:: FILE ${file} DESTINATION ${package_dir})
  export(EXPORT ${export} NAMESPACE traj:: FILE "${CMAKE_CURRENT_BINARY_DIR}/${file}")
endfunction()
traj_export(traj trajTargets.cmake)
traj_export(traj_static trajStaticTargets.cmake)

write_basic_package_version_file(trajConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/trajConfig.cmake.in trajConfig.cmake INSTALL_DESTINATION ${package_dir})
install(FILES
  "${CMAKE_CURRENT_BINARY_DIR}/trajConfig.cmake" "${CMAKE_CURRENT_BINARY_DIR}/trajConfigVersion.cmake"
  DESTINATION ${package_dir})

# What users of the static library link besides.
set(pc_libs_private "-pthread -lm")
if(TRAJ_LINALG STREQUAL "openblas")
  install(FILES cmake/openblas.cmake DESTINATION ${package_dir})
  configure_file(cmake/openblas.cmake openblas.cmake COPYONLY)
  set(pc_libs_private "-llapacke -lopenblas -pthread -lm")
endif()

# A prefix relative to the file itself lets an installed tree be moved.
file(RELATIVE_PATH pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
set(pc_prefix "\${pcfiledir}/${pc_prefix}")
set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
configure_file(cmake/traj.pc.in traj.pc @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/traj.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# By this name pkg-config prefers it to traj.pc.
set(pc_prefix "${PROJECT_SOURCE_DIR}")
set(pc_libdir "$<TARGET_FILE_DIR:traj_static>")
set(pc_includedir "\${prefix}/include")
configure_file(cmake/traj.pc.in traj-uninstalled.pc.in @ONLY)
file(GENERATE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/traj-uninstalled.pc"
  INPUT "${CMAKE_CURRENT_BINARY_DIR}/traj-uninstalled.pc.in")
