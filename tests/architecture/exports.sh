#!/bin/sh
# exports.sh LIBRARY LIST: the shared library exports what the list names, no more and no less.
set -eu
actual=$(mktemp)
trap 'rm -f "$actual"' EXIT
nm -D --defined-only "$1" | awk '{ print $NF }' | LC_ALL=C sort >"$actual"
diff -u "$2" "$actual" && echo "$(wc -l <"$actual") exported symbols, as listed"
