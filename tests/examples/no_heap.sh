#!/bin/sh
# no_heap.sh PROGRAM OTHER HEADER: PROGRAM names neither the heap nor anything of HEADER; OTHER, which does, is found out.
set -eu
names=$(sed -n 's/^TRAJ_API .*[ *]\(traj_[a-z_]*\)(.*/\1/p' "$3")
[ -n "$names" ] || { echo "$3 declares nothing" >&2; exit 1; }

# forbidden PROGRAM: what it needs from elsewhere and should not.
forbidden() {
  nm -u "$1" | awk '{ print $NF }' | sed 's/@.*//' |
    grep -xE "$(printf '%s|' $names)[cm]alloc|realloc|reallocarray|aligned_alloc|posix_memalign|strdup|free|traj_[a-z]+_(create|destroy)"
}

if forbidden "$1"; then exit 1; fi
forbidden "$2" | grep -qx traj_heap || { echo "traj_heap was not found in $2" >&2; exit 1; }
echo "none of $(echo "$names" | wc -l) names of $(basename "$3"), and no heap"
