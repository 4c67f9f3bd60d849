#!/bin/sh
# consume.sh WAY SOURCE BUILD LINALG: uses traj in one WAY, from a directory outside the project, as a user would. The
# way "install" installs the build, which has TRAJ_LINALG=LINALG, into BUILD/tests/install/prefix, where the others find
# it. Compilers: $CC and $CXX.
set -eu
. "$(dirname -- "$0")/consumer.sh"
prefix=$build/tests/install/prefix
earlier=$([ "$minor" -eq 0 ] || echo "$major.$((minor - 1))")
later="$major.$((minor + 1)) $((major + 1)).0"

# subproject WAY ARGUMENT...: traj within a project in out/, which takes nothing else along.
subproject() {
  cmake -S "$source/tests/install/subproject" -B out "-DWAY=$1" "-DTRAJ_SOURCE=$source" "-DTRAJ_CONSUMER=$work" \
    "-DTRAJ_LINALG=$linalg" >/dev/null
  shift
  cmake out "$@" >/dev/null
  if grep 'command.*consumer\.c' out/compile_commands.json | grep -E -- ' -(W|O|m|f|D)'; then
    fail "traj's compiler options have reached its parent"
  fi
  cmake --build out >/dev/null
  out/c_shared
  out/c_static
  cmake --install out --prefix elsewhere >/dev/null
}

case $way in
install)
  rm -rf "$prefix"
  cmake --install "$build" --prefix "$prefix" >/dev/null
  diff -r "$source/include/traj" "$prefix/include/traj"
  if grep -rIl -e "$source" -e "$build" "$prefix"; then fail "installed files name the tree they were built in"; fi
  if [ "$linalg" = builtin ]; then
    if grep -rE -e '(cblas|LAPACKE)_|-l(openblas|lapacke)' "$prefix"; then fail "installed files need OpenBLAS"; fi
    [ -z "$(find "$prefix" -name openblas.cmake)" ] || fail "installs what finds OpenBLAS"
  fi
  ;;
cmake)
  use_prefix "$prefix"
  consume_with_cmake out "-DCMAKE_PREFIX_PATH=$prefix"
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
staged)
  # What a packager does; then the tree is moved to where it is used.
  DESTDIR=$work/stage cmake --install "$build" --prefix /opt/traj >/dev/null
  diff -r "$source/include/traj" stage/opt/traj/include/traj
  use_prefix "$work/stage/opt/traj"
  consume_with_cmake out-staged "-DCMAKE_PREFIX_PATH=$work/stage/opt/traj"
  mkdir opt
  mv stage/opt/traj "opt/traj moved"
  rm -r stage
  use_prefix "$work/opt/traj moved"
  consume_with_cmake out-moved "-DCMAKE_PREFIX_PATH=$work/opt/traj moved"
  ;;
uninstalled)
  libdir=$build/src
  LD_LIBRARY_PATH=$libdir
  PKG_CONFIG_PATH=$build
  export LD_LIBRARY_PATH PKG_CONFIG_PATH
  consume_with_cmake out "-DCMAKE_PREFIX_PATH=$build"
  consume_with_pkg_config
  ;;
pkg-config)
  use_prefix "$prefix"
  pkg-config --atleast-version="$major.$minor" traj
  pkg-config --exact-version="$major.$minor.$patch" traj
  for version in $later; do
    if pkg-config --atleast-version="$version" traj; then fail "pkg-config takes $major.$minor for $version"; fi
  done
  consume_with_pkg_config
  ;;
pkg-config-static)
  # A copy of the prefix, so that moving it is tried as well, without what a dynamic link would take.
  cp -R "$prefix" moved
  find moved -name 'libtraj.so*' -exec rm {} +
  use_prefix "$work/moved"
  "$CC" -std=c99 -o static consumer.c $(pkg-config --static --cflags --libs traj)
  run_static ./static
  # The whole program static.
  "$CC" -std=c99 -static -o static consumer.c $(pkg-config --static --cflags --libs traj)
  if readelf -d static | grep NEEDED; then fail "a static program needs libraries"; fi
  ./static
  ;;
plain-cc)
  use_prefix "$prefix"
  "$CC" -std=c99 "-I$prefix/include" -o shared consumer.c "-L$libdir" -ltraj
  run_shared ./shared
  case $linalg in
  openblas) libraries="-llapacke -lopenblas -lm" ;;
  builtin) libraries=-lm ;;
  esac
  "$CC" -std=c99 "-I$prefix/include" -o static consumer.c "$libdir/libtraj.a" $libraries
  run_static ./static
  ;;
fetch-content)
  subproject fetch-content
  [ ! -e elsewhere ] || fail "a subproject installs traj with its parent"
  ;;
add-subdirectory)
  subproject add-subdirectory -DTRAJ_INSTALL=ON
  diff -r "$source/include/traj" elsewhere/include/traj
  use_prefix "$work/elsewhere"
  consume_with_pkg_config
  ;;
examples)
  use_prefix "$prefix"
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
