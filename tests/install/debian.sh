#!/bin/sh
# debian.sh WAY SOURCE BUILD LINALG: Debian packages of traj. The way "debian-packages" makes them in
# BUILD/tests/install/debian and shows them to lintian; the way "debian-installed" installs them, uses them, and removes
# them. Who is not root, or has traj installed already, uses an unpacked tree instead. Compilers: $CC and $CXX.
set -eu
. "$(dirname -- "$0")/consumer.sh"
debs=$build/tests/install/debian
library=libtraj$major.$minor
triplet=$(dpkg-architecture -q DEB_HOST_MULTIARCH)

# deb PACKAGE: its file.
deb() {
  echo "$debs/$1_$major.$minor.${patch}_$(dpkg --print-architecture).deb"
}

remove() {
  dpkg --purge libtraj-dev "$library"
}

# depend PACKAGE NAME...: it depends on all of these.
depend() {
  depends=" $(dpkg-deb -f "$(deb "$1")" Depends | tr ',' ' ') "
  shift
  for name in "$@"; do
    case $depends in
    *" $name "*) ;;
    *) fail "a package does not depend on $name, but on$depends" ;;
    esac
  done
}

case $way in
debian-packages)
  # Without optimization, which takes most of the time.
  DEB_BUILD_OPTIONS="noopt noautodbgsym parallel=$(nproc)" sh "$source/debian/build.sh" "$debs" >log 2>&1 ||
    { tail -n 60 log; fail "there are no packages"; }
  lintian --fail-on error,warning "$debs"/*.changes 2>lintian.log || { cat lintian.log; fail "lintian complains"; }
  depend "$library" liblapacke libopenblas0
  depend libtraj-dev "$library (= $major.$minor.$patch)" liblapacke-dev libopenblas-dev
  ;;
debian-installed)
  if [ "$(id -u)" -eq 0 ] && ! dpkg-query -W "$library" libtraj-dev >/dev/null 2>&1; then
    trap 'remove >log 2>&1 || cat log; rm -rf "$work"' EXIT
    dpkg -i "$(deb "$library")" "$(deb libtraj-dev)" >log 2>&1 || { cat log; fail "dpkg does not install the packages"; }
    dpkg -L "$library" libtraj-dev | sort -u >files
    diff -r "$source/include/traj" /usr/include/traj
    # Neither variables nor options say where it is.
    libdir=/lib/$triplet
    consume_with_cmake out
    consume_with_pkg_config
    [ -z "$(pkg-config --cflags traj)" ] || fail "pkg-config names a directory of the system: $(pkg-config --cflags traj)"
    remove >log 2>&1 || { cat log; fail "dpkg does not remove the packages"; }
    trap 'rm -rf "$work"' EXIT
    while read -r file; do
      case $file in
      */traj | */traj/* | *libtraj*) [ ! -e "$file" ] || fail "$file is left behind" ;;
      esac
    done <files
  else
    dpkg-deb -x "$(deb "$library")" root
    dpkg-deb -x "$(deb libtraj-dev)" root
    diff -r "$source/include/traj" root/usr/include/traj
    use_prefix "$work/root/usr"
    PKG_CONFIG_SYSROOT_DIR=$work/root
    export PKG_CONFIG_SYSROOT_DIR
    consume_with_cmake out "-DCMAKE_PREFIX_PATH=$work/root/usr"
    consume_with_pkg_config
  fi
  ;;
*) fail "unknown way: $way" ;;
esac
echo "$way: fine"
