# Builds and runs consumers of traj; to be sourced by a script whose first arguments are WAY SOURCE BUILD LINALG. It then
# stands in a directory of its own that holds the consumers. Compilers: $CC and $CXX.
way=$1
source=$2
build=$3
linalg=$4

# version_part MAJOR|MINOR|PATCH
version_part() {
  sed -n "s/^#define TRAJ_VERSION_$1 \([0-9]*\).*/\1/p" "$source/include/traj/version.h"
}
major=$(version_part MAJOR)
minor=$(version_part MINOR)
patch=$(version_part PATCH)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source"/tests/install/consumer/* "$work"
cd "$work"

fail() {
  echo "$*" >&2
  exit 1
}

# refuse TEXT COMMAND...: the command fails and says TEXT.
refuse() {
  text=$1
  shift
  if "$@" >output 2>&1; then fail "was not refused: $*"; fi
  grep -qF -- "$text" output || { cat output; fail "was refused for another reason than '$text'"; }
}

# use_prefix PREFIX: from now on pkg-config and the loader of programs look there.
use_prefix() {
  libdir=$(dirname "$(find "$1" -name libtraj.a)")
  PKG_CONFIG_PATH=$libdir/pkgconfig
  LD_LIBRARY_PATH=$libdir
  export PKG_CONFIG_PATH LD_LIBRARY_PATH
}

# run_shared PROGRAM, run_static PROGRAM: runs it after a look at what it was linked to.
run_shared() {
  ldd "$1" | grep -qF "libtraj.so.$major.$minor => $libdir/" || { ldd "$1"; fail "$1 does not use the library in $libdir"; }
  "$1"
}
run_static() {
  if ldd "$1" | grep -q libtraj; then fail "$1 needs the shared library"; fi
  "$1"
}

# consume_with_cmake OUT ARGUMENT...: the project in OUT finds traj with these arguments for CMake; C and C++, shared and
# static.
consume_with_cmake() {
  out=$1
  shift
  cmake -S . -B "$out" "-DVERSION=$major.$minor" "$@" >/dev/null
  cmake --build "$out" >/dev/null
  for language in c cxx; do
    run_shared "$out/${language}_shared"
    run_static "$out/${language}_static"
  done
}

consume_with_pkg_config() {
  "$CC" -std=c99 -o c_shared consumer.c $(pkg-config --cflags --libs traj)
  run_shared ./c_shared
  "$CXX" -std=c++11 -o cxx_shared consumer.cpp $(pkg-config --cflags --libs traj)
  run_shared ./cxx_shared
}
