#!/bin/sh
# theory.sh TREE: holds docs/theory.md and the sources together. Every equation and heading that a source cites is
# there; every equation there is cited; the table of constants is that of the rooms that compute.
set -eu
cd "$1"
theory=docs/theory.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find src include -name '*.[ch]' | sort >"$work/files"
failures=0

# same WHAT ONE OTHER: compares two sorted lists.
same() {
  if diff "$2" "$3" >"$work/diff" && [ -s "$2" ]; then
    echo "$1: $(wc -l <"$2")"
  else
    echo "$1: < in $theory, > in the sources"
    cat "$work/diff"
    failures=$((failures + 1))
  fi
}

# Equations: "(R1)" in comments of the sources, "(R1)  w = ..." at the start of an indented line in the theory.
xargs grep -hoE '\([A-Z][0-9]\)' <"$work/files" | tr -d '()' | sort -u >"$work/cited"
sed -n 's/^    (\([A-Z][0-9]\))  .*/\1/p' "$theory" | sort >"$work/defined"
same equations "$work/defined" "$work/cited"

# In running text: "(docs/theory, B1 and B2)".
xargs grep -hoE 'docs/theory, [A-Z][0-9][^)]*' <"$work/files" | grep -oE '[A-Z][0-9]' | sort -u | while read -r tag; do
  grep -qx "$tag" "$work/defined" || echo "the sources cite $tag"
done >"$work/unknown"

# Headings: docs/theory, "The linear-quadratic recursion", also in a comment whose line breaks there.
xargs cat <"$work/files" | tr '\n' ' ' | sed 's/  *\*  */ /g' | grep -oE 'docs/theory, "[^"]*"' |
  sed 's/.*"\(.*\)"/\1/' | sort -u |
  while read -r heading; do
    grep -qE "^##* $heading\$" "$theory" || echo "the sources cite the heading \"$heading\""
  done >>"$work/unknown"
if [ -s "$work/unknown" ]; then
  cat "$work/unknown"
  failures=$((failures + 1))
fi

# Constants: "const double NAME = value;" and "enum { NAME = value, ... };", but TJ_ ones have headers.
grep -vE '^src/(base|extra)/' "$work/files" | xargs awk '
  FNR == 1 { open = 0 }
  { sub(/\/\*.*/, "") }
  /^ *((static )?const (double|int) [A-Z][A-Z]|enum \{)/ { open = 1; text = "" }
  open { text = text " " $0 }
  open && /;/ {
    open = 0
    file = substr(FILENAME, 5)
    gsub(/(static )?const (double|int)|enum|[{};]/, "", text)
    count = split(text, item, ",")
    for (i = 1; i <= count; i++) {
      if (split(item[i], side, "=") != 2 || side[1] ~ /TJ_/) continue
      gsub(/^ +| +$/, "", side[1])
      gsub(/^ +| +$/, "", side[2])
      if (side[1] ~ /^[A-Z_]+$/) print side[1], file, side[2]
    }
  }' | sort >"$work/constants"
sed -n 's/^| `\([A-Z_]*\)` | `\([^`]*\)` | `\([^`]*\)` |.*/\1 \3 \2/p' "$theory" | sort >"$work/table"
same constants "$work/table" "$work/constants"
[ "$failures" -eq 0 ]
