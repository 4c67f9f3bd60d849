#!/bin/sh
# build.sh [DIRECTORY]: makes the Debian packages of traj from a copy of the tree in DIRECTORY, which is build/debian
# unless told, and leaves them there. Installs what that needs.
set -eu
cd -- "$(dirname -- "$0")/.."
. cmake/deps.sh
. cmake/packages.sh
directory=${1-build/debian}
deps_require $packages_debian

rm -rf "$directory"
mkdir -p "$directory/traj"
cp -R CMakeLists.txt cmake include src docs examples debian "$directory/traj"
cd "$directory/traj"
dpkg-buildpackage --build=binary --no-sign
ls ../*.deb
