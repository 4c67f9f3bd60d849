#!/bin/sh
# consume.sh WAY SOURCE BUILD LINALG: uses traj in one WAY, from a directory outside the project, as a user would. The
# way "install" installs the build, which has TRAJ_LINALG=LINALG, into BUILD/tests/install/prefix, where the others find
# it. Compilers: $CC and $CXX.
set -eu
way=$1
source=$2
build=$3
linalg=$4
prefix=$build/tests/install/prefix

# version_part MAJOR|MINOR|PATCH
version_part() {
  sed -n "s/^#define TRAJ_VERSION_$1 \([0-9]*\).*/\1/p" "$source/include/traj/version.h"
}
major=$(version_part MAJOR)
minor=$(version_part MINOR)
earlier=$([ "$minor" -eq 0 ] || echo "$major.$((minor - 1))")
libraries=$(case $linalg in openblas) echo -llapacke -lopenblas -lm ;; builtin) echo -lm ;; esac)
later="$major.$((minor + 1)) $((major + 1)).0"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source"/tests/install/consumer/* "$work"
cd "$work"

fail() {
  echo "$*" >&2
  exit 1
}

# libdir PREFIX
libdir() {
  dirname "$(find "$1" -name libtraj.a)"
}

# refuse TEXT COMMAND...: the command fails and says TEXT.
refuse() {
  text=$1
  shift
  if "$@" >output 2>&1; then fail "was not refused: $*"; fi
  grep -qF -- "$text" output || { cat output; fail "was refused for another reason than '$text'"; }
}

# run_shared PROGRAM, run_static PROGRAM: runs it after a look at what it was linked to.
run_shared() {
  LD_LIBRARY_PATH=$(libdir "$prefix") ldd "$1" | grep -qF "libtraj.so.$major.$minor " ||
    fail "$1 does not need libtraj.so.$major.$minor"
  LD_LIBRARY_PATH=$(libdir "$prefix") "$1"
}
run_static() {
  if ldd "$1" | grep -q libtraj; then fail "$1 needs the shared library"; fi
  "$1"
}

case $way in
install)
  rm -rf "$prefix"
  cmake --install "$build" --prefix "$prefix" >/dev/null
  diff -r "$source/include/traj" "$prefix/include/traj"
  if grep -rIl -e "$source" -e "$build" "$prefix"; then fail "installed files name the tree they were built in"; fi
  if [ "$linalg" = builtin ]; then
    if grep -rE -e '(cblas|LAPACKE)_|-l(openblas|lapacke)' "$prefix"; then fail "installed files need OpenBLAS"; fi
    [ ! -e "$(libdir "$prefix")/cmake/traj/openblas.cmake" ] || fail "installs what finds OpenBLAS"
  fi
  ;;
cmake)
  cmake -S . -B out "-DVERSION=$major.$minor" "-DCMAKE_PREFIX_PATH=$prefix" >/dev/null
  cmake --build out >/dev/null
  run_shared out/c_shared
  run_shared out/cxx_shared
  run_static out/c_static
  run_static out/cxx_static
  # A user looks for OpenBLAS only if the library was built with it.
  if grep -q OPENBLAS out/CMakeCache.txt; then [ "$linalg" = openblas ]; else [ "$linalg" = builtin ]; fi ||
    fail "a library with $linalg: $(grep OPENBLAS out/CMakeCache.txt)"
  ;;
cmake-version)
  for version in $earlier $later; do
    refuse "requested version \"$version\"" \
      cmake -S . -B "out-$version" "-DVERSION=$version" "-DCMAKE_PREFIX_PATH=$prefix"
  done
  ;;
pkg-config)
  PKG_CONFIG_PATH=$(libdir "$prefix")/pkgconfig
  export PKG_CONFIG_PATH
  pkg-config --atleast-version="$major.$minor" traj
  pkg-config --exact-version="$major.$minor.$(version_part PATCH)" traj
  for version in $later; do
    if pkg-config --atleast-version="$version" traj; then fail "pkg-config takes $major.$minor for $version"; fi
  done
  "$CC" -std=c99 -o shared consumer.c $(pkg-config --cflags --libs traj)
  run_shared ./shared
  "$CXX" -std=c++11 -o shared consumer.cpp $(pkg-config --cflags --libs traj)
  run_shared ./shared
  ;;
pkg-config-static)
  # A copy of the prefix, so that moving it is tried as well, without what a dynamic link would take.
  cp -R "$prefix" moved
  find moved -name 'libtraj.so*' -exec rm {} +
  PKG_CONFIG_PATH=$(libdir "$work/moved")/pkgconfig
  export PKG_CONFIG_PATH
  "$CC" -std=c99 -o static consumer.c $(pkg-config --static --cflags --libs traj)
  run_static ./static
  ;;
plain-cc)
  "$CC" -std=c99 "-I$prefix/include" -o shared consumer.c "-L$(libdir "$prefix")" -ltraj
  run_shared ./shared
  "$CC" -std=c99 "-I$prefix/include" -o static consumer.c "$(libdir "$prefix")/libtraj.a" $libraries
  run_static ./static
  ;;
fetch-content)
  cmake -S "$source/tests/install/subproject" -B out "-DTRAJ_SOURCE=$source" "-DTRAJ_CONSUMER=$work" \
    "-DTRAJ_LINALG=$linalg" >/dev/null
  cmake --build out >/dev/null
  out/c_shared
  out/c_static
  cmake --install out --prefix elsewhere >/dev/null
  [ ! -e elsewhere ] || fail "a subproject installs traj with its parent"
  ;;
examples)
  PKG_CONFIG_PATH=$(libdir "$prefix")/pkgconfig
  export PKG_CONFIG_PATH
  cp -R "$source/examples" .
  built=0
  for example in examples/*.c; do
    [ -f "$example" ] || continue
    "$CC" -o "${example%.c}" "$example" $(pkg-config --cflags --libs traj) -lm
    built=$((built + 1))
  done
  [ "$built" -gt 0 ] || fail "there is no example"
  ;;
back-end)
  refuse 'TRAJ_LINALG=atlas is not a linear algebra back end' cmake -S "$source" -B out -DTRAJ_LINALG=atlas
  ;;
*) fail "unknown way: $way" ;;
esac
echo "$way: fine"
