# Debian packages, to be sourced: what a build needs, and what the tests need on top of it.
packages_build="gcc libc6-dev cmake ninja-build pkg-config libopenblas-serial-dev liblapacke-dev"
packages_test="$packages_build g++ make binutils clang libclang-rt-14-dev libcmocka-dev valgrind doxygen"
