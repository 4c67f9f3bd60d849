#!/bin/sh
# linked.sh PROGRAM: a linked program needs, besides linear algebra and its own start-up code, nothing of an operating
# system.
set -eu
rules=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)

nm "$1" | awk '
  FILENAME != "-" { if (!/^#/) pure = pure (pure == "" ? "" : "|") $0; next }
  { name = $NF; sub(/@.*/, "", name); symbols++ }
  name == "main" || name ~ /^traj_/ { program++ }
  $(NF - 1) !~ /^[Uw]$/ { next }
  name ~ /^(cblas|LAPACKE)_/ || name ~ /^(__libc_start_main|__gmon_start__|__cxa_finalize|_ITM_.*)$/ { next }
  name !~ "^(" pure ")$" { print "needs an operating system: " name; breaches++ }
  END {
    print symbols + 0 " symbols, " breaches + 0 " breaches"
    exit program < 2 || breaches > 0
  }
' "$rules/freestanding_symbols.txt" -
