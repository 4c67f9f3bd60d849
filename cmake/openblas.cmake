# Finds OpenBLAS (CBLAS) and LAPACKE and defines the target traj::openblas. Installed next to trajConfig.cmake, so that
# users of the static library link the same things as the library was built for. Sets TRAJ_OPENBLAS_MISSING to the
# names of what was not found.
find_path(TRAJ_CBLAS_INCLUDE_DIR cblas.h PATH_SUFFIXES openblas)
find_path(TRAJ_LAPACKE_INCLUDE_DIR lapacke.h PATH_SUFFIXES openblas)
find_library(TRAJ_OPENBLAS_LIBRARY openblas)
find_library(TRAJ_LAPACKE_LIBRARY lapacke)
mark_as_advanced(TRAJ_CBLAS_INCLUDE_DIR TRAJ_LAPACKE_INCLUDE_DIR TRAJ_OPENBLAS_LIBRARY TRAJ_LAPACKE_LIBRARY)

set(TRAJ_OPENBLAS_MISSING "")
foreach(item CBLAS_INCLUDE_DIR LAPACKE_INCLUDE_DIR OPENBLAS_LIBRARY LAPACKE_LIBRARY)
  if(NOT TRAJ_${item})
    list(APPEND TRAJ_OPENBLAS_MISSING TRAJ_${item})
  endif()
endforeach()

if(NOT TRAJ_OPENBLAS_MISSING AND NOT TARGET traj::openblas)
  add_library(traj::openblas INTERFACE IMPORTED)
  set_target_properties(traj::openblas PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${TRAJ_CBLAS_INCLUDE_DIR};${TRAJ_LAPACKE_INCLUDE_DIR}"
    INTERFACE_LINK_LIBRARIES "${TRAJ_LAPACKE_LIBRARY};${TRAJ_OPENBLAS_LIBRARY}")
endif()
