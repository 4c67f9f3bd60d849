#!/bin/sh
# size.sh [BUILD [DOCUMENT]]: builds the smallest library (the preset minsize) in BUILD, build/minsize unless told, and
# prints how much text it has: instructions, constants and tables. Fails when DOCUMENT has other figures, by more than a
# tenth. Compiler: $CC, gcc unless told.
set -eu
cd -- "$(dirname -- "$0")/.."
build=${1-build/minsize}
document=${2-}
mkdir -p "$build"
log=$build/size.log
{ cmake --preset minsize -B "$build" && cmake --build "$build"; } >"$log" 2>&1 || { cat "$log"; exit 1; }

# Both solvers in static memory, linked without what they do not reach; it ends well if they work.
program=$build/embedded
"${CC-gcc}" -Os -Iinclude -o "$program" tests/architecture/embedded.c "$build/src/libtraj.a" -lm -Wl,--gc-sections
"$program"

# text FILE: in kB.
text() {
  size "$1" | awk 'NR == 2 { printf "%.0f", $1 / 1000 }'
}

table=$build/size.txt
cat >"$table" <<END
| what | text, kB |
| --- | --- |
| \`libtraj.so\`, all of it | $(text "$build/src/libtraj.so") |
| a program with both solvers (\`tests/architecture/embedded.c\`) | $(text "$program") |
END
cat "$table"

[ -z "$document" ] || awk -F '|' '
  NF < 3 || $3 !~ /[0-9]/ { next }
  FNR == NR { rows++; measured[$2] = $3 + 0; next }
  $2 in measured {
    found++
    if ($3 < 0.9 * measured[$2] || $3 > 1.1 * measured[$2]) {
      print FILENAME ":" FNR ":" $2 "has " measured[$2] " kB, not" $3
      wrong++
    }
  }
  END {
    if (found != rows) print FILENAME " lacks a row of this table"
    exit wrong > 0 || found != rows
  }
' "$table" "$document"
