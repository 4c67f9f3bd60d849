#!/bin/sh
# symbols.sh OBJECT...: the layering and the purity of the library, read from the symbols of .../<room>/<file>.o.
set -eu
rules=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || { echo "no object files" >&2; exit 1; }

table=$(mktemp)
trap 'rm -f "$table"' EXIT
for object in "$@"; do
  printf 'object %s\n' "$object"
  objdump -t "$object"
done >"$table"

awk '
  function breach(text) { print room "/" file ": " text; breaches++ }
  # The last word is the name; visibility may stand before it.
  function name_of(line) { sub(/.*[ \t]/, "", line); return line }
  FILENAME ~ /rooms.txt$/ {
    if (/^[a-z]/) {
      sub(/:/, "")
      known[$1] = 1
      for (i = 1; i <= NF; i++) may[$1, $i] = 1
    }
    next
  }
  FILENAME ~ /freestanding_symbols.txt$/ { if (!/^#/) pure = pure (pure == "" ? "" : "|") $0; next }
  $1 == "object" {
    objects++
    count = split($2, part, "/")
    file = part[count]
    room = part[count - 1]
    if (!(room in known)) breach("the room " room " is not in rooms.txt")
    next
  }
  !/\t/ { next }
  {
    name = name_of($0)
    section = substr($0, 1, index($0, "\t") - 1)
    sub(/.*[ ]/, "", section)
  }
  section == "*UND*" { uses++; user_room[uses] = room; user_file[uses] = file; used[uses] = name; next }
  section == "*COM*" || (section ~ /^\.t?(data|bss)(\.|$)/ && section !~ /^\.data\.rel\.ro/ && name !~ /^\./) {
    breach("global that can change: " name)
  }
  substr($0, 18, 1) == "g" { defined_in[name] = room }
  END {
    for (i = 1; i <= uses; i++) {
      room = user_room[i]
      file = user_file[i]
      name = used[i]
      if (name ~ /^(tj|traj)_/) {
        if (!(name in defined_in)) breach("nothing defines " name)
        else if (!((room, defined_in[name]) in may)) breach(room " may not use " name " of " defined_in[name])
      } else if (name ~ /^(cblas|LAPACKE)_/) {
        if (room "/" file !~ /^linalg\/backend_openblas\./) breach("linear algebra outside its back end: " name)
      } else if (room == "extra") {
        if (name ~ /^(_?_?_?exit|_Exit|quick_exit|at_?(quick_)?exit|abort|signal|sigaction|raise|kill|__assert_fail)$/)
          breach("a library does not end its process: " name)
      } else if (name !~ "^(" pure ")$") breach("needs an operating system: " name)
    }
    print objects + 0 " objects, " uses + 0 " references, " breaches + 0 " breaches"
    exit breaches > 0
  }
' "$rules/rooms.txt" "$rules/freestanding_symbols.txt" "$table"
