#!/bin/sh
# exports.sh LIBRARY LIST [update]: the shared library exports what the list names, no more and no less. With "update"
# the list is made to name that.
set -eu
actual=$(mktemp)
trap 'rm -f "$actual"' EXIT
nm -D --defined-only "$1" | awk '{ print $NF }' | LC_ALL=C sort >"$actual"
if [ "${3-}" = update ]; then cat "$actual" >"$2"; fi
diff -u "$2" "$actual" && echo "$(wc -l <"$actual") exported symbols, as listed"
