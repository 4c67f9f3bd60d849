#!/bin/sh
# includes.sh TREE: the layering of TREE/src and TREE/include/traj, read from the include lines.
set -eu
rules=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$1"

awk '
  function breach(text) { print FILENAME ":" FNR ": " text; breaches++ }
  function refused(target, in_quotes,    slash, to) {
    if (in_quotes && target ~ /^traj\//) return (target == "traj/extra.h" && room != "extra" && !public)
    if (in_quotes) {
      slash = index(target, "/")
      to = substr(target, 1, slash - 1)
      return public || !((room, to) in may)
    }
    if (target in freestanding) return 0
    if (public) return 1
    if (target == "immintrin.h" || target == "arm_neon.h") return FILENAME != "src/linalg/own_product.h"
    if (target == "cblas.h" || target == "lapacke.h") return FILENAME != "src/linalg/backend_openblas.c"
    return room != "extra"
  }
  FILENAME ~ /rooms.txt$/ {
    if (/^[a-z]/) {
      sub(/:/, "")
      known[$1] = 1
      for (i = 1; i <= NF; i++) may[$1, $i] = 1
    }
    next
  }
  FILENAME ~ /freestanding_headers.txt$/ { if (!/^#/) freestanding[$1] = 1; next }
  FNR == 1 {
    files++
    public = FILENAME ~ /^include\//
    split(FILENAME, part, "/")
    room = public ? "include/traj" : part[2]
    if (!public && !(room in known)) breach("the room " room " is not in rooms.txt")
    guard = toupper(part[3])
    gsub(/[^A-Z0-9]/, "_", guard)
    guard = "TRAJ_" guard
  }
  /^[ \t]*#[ \t]*include/ {
    target = $0
    in_quotes = target ~ /include[ \t]*"/
    sub(/^[^"<]*["<]/, "", target)
    sub(/[">].*/, "", target)
    if (refused(target, in_quotes)) breach(room " may not include " target)
  }
  # A macro that changes a public header makes library and user disagree.
  public && /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([^a-z]|$)/ {
    words = $0
    sub(/^[ \t]*#[ \t]*[a-z]+/, "", words)
    gsub(/defined/, "", words)
    gsub(/[^A-Za-z0-9_]+/, " ", words)
    count = split(words, word, " ")
    for (i = 1; i <= count; i++)
      if (word[i] != guard && word[i] !~ /^(__cplusplus|__GNUC__|__clang__)$/) breach("public header depends on " word[i])
  }
  public && tolower($0) ~ /cblas|lapack|blasint/ { breach("public header shows linear algebra: " $0) }
  END {
    print files + 0 " files, " breaches + 0 " breaches of the layering"
    exit files == 0 || breaches > 0
  }
' "$rules/rooms.txt" "$rules/freestanding_headers.txt" $(find src include/traj -name '*.[ch]' | sort)
