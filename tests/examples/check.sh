#!/bin/sh
# check.sh PROGRAM: an example says what it does, works with and without plots, and refuses what it does not know.
set -eu
program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir plots

fail() {
  echo "$*" >&2
  exit 1
}

# expect CODE ARGUMENT...: runs the program, whose output goes to the files out and err.
expect() {
  code=0
  wanted=$1
  shift
  "$program" "$@" >out 2>err || code=$?
  [ "$code" -eq "$wanted" ] || { cat out err; fail "$program $*: exit code $code, not $wanted"; }
}

expect 0 --help
grep -q '^usage: .*--plot DIR' out || fail "--help does not tell the usage"
[ ! -s err ] || fail "--help writes to stderr"

for arguments in --no-such-option --plot "--plot no-such-directory" "--plot plots extra" extra; do
  expect 2 $arguments
  [ ! -s out ] || fail "$arguments: writes to stdout"
  [ -s err ] || fail "$arguments: does not say what is wrong"
done

expect 0
cp out plain
[ "$(wc -l <plain)" -gt 10 ] || fail "there is no table"
[ -z "$(ls plots)" ] || fail "writes files without being asked"

expect 0 --plot plots
diff plain out || fail "the same problem has another solution when it is plotted"
[ -n "$(ls plots)" ] || fail "nothing was written"
for script in plots/*.gp; do
  if command -v gnuplot >/dev/null; then
    head -c 8 "${script%.gp}.png" | grep -q PNG || fail "$script: no picture"
    [ ! -s err ] || { cat err; fail "gnuplot complains"; }
  else
    grep -q gnuplot err || fail "does not say that there is no gnuplot"
  fi
done

# Without gnuplot the scripts are still there.
rm -f plots/*
code=0
PATH=/nonexistent "$program" --plot plots >out 2>err || code=$?
[ "$code" -eq 0 ] || { cat err; fail "fails without gnuplot"; }
grep -q 'gnuplot is absent' err || { cat err; fail "does not say that there is no gnuplot"; }
ls plots/*.gp >/dev/null

echo "$(wc -l <plain) lines of output, $(ls plots | wc -l) files without gnuplot"
