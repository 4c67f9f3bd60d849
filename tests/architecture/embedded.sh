#!/bin/sh
# embedded.sh SOURCE INCLUDE WORK CC LIBRARY...: builds SOURCE with the static library, runs it, and looks into it.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
source=$1 include=$2 work=$3 cc=$4
shift 4
mkdir -p "$work"
"$cc" -std=c99 -Wall -Wextra -Werror -O2 "-I$include" -o "$work/embedded" "$source" "$@"
"$work/embedded"
sh "$here/linked.sh" "$work/embedded"
