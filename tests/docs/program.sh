#!/bin/sh
# program.sh DOCUMENT PROGRAM FILE: writes one program of a document to FILE, for builds of other kinds than snippets.sh's.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
. "$here/assemble.sh"
blocks=$(mktemp -d)
trap 'rm -rf "$blocks"' EXIT
awk -v out="$blocks" -f "$here/extract.awk" "$1" >/dev/null
assemble "$blocks" "$2" >"$blocks/program.c"
[ -s "$blocks/program.c" ] || { echo "$1: no program $2" >&2; exit 1; }
cp "$blocks/program.c" "$3"
