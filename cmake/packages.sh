# Debian packages, to be sourced: what a build needs, and what the examples, packages of traj itself, and the tests need
# on top of it.
packages_build="gcc libc6-dev cmake ninja-build libopenblas-serial-dev liblapacke-dev"
packages_examples="$packages_build gnuplot-nox"
packages_debian="build-essential debhelper cmake ninja-build libopenblas-serial-dev libopenblas-dev liblapacke-dev"
packages_tests="$packages_examples g++ make binutils pkg-config
  clang clang-tidy clang-format libcmocka-dev valgrind libc6-dbg doxygen
  build-essential debhelper libopenblas-dev lintian coinor-libipopt-dev libclang-rt-dev"
# Another architecture: what builds for it, what runs it, and its libraries.
packages_aarch64="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static"
packages_aarch64_libraries="libc6:arm64 libcmocka-dev:arm64"
# The other fuzzer; see CONTRIBUTING.md.
packages_afl="afl++"
