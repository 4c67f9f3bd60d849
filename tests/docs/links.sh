#!/bin/sh
# links.sh TREE: every relative link in the Markdown documents of TREE leads to a file, and to a heading if it names one.
set -eu
cd "$1"
links=0
broken=0

# anchors FILE: the anchors of its headings, as they are shown on the web.
anchors() {
  sed -n 's/^##* //p' "$1" | tr '[:upper:] ' '[:lower:]-' | tr -cd 'a-z0-9_\n-'
}

# check DOCUMENT TARGET
check() {
  links=$((links + 1))
  file=${2%%#*}
  path=$(dirname "$1")/$file
  [ -n "$file" ] || path=$1
  case $2 in
  *#*) [ -f "$path" ] && anchors "$path" | grep -qxF -- "${2#*#}" && return 0 ;;
  *) [ -f "$path" ] && return 0 ;;
  esac
  echo "$1: no $2"
  broken=$((broken + 1))
}

for document in *.md docs/*.md; do
  for target in $(grep -oE '\]\([^) ]*\)' "$document" | sed 's/^](//; s/)$//'); do
    case $target in
    https://* | http://*) ;;
    *) check "$document" "$target" ;;
    esac
  done
done
echo "$links links, $broken broken"
[ "$broken" -eq 0 ] && [ "$links" -gt 0 ]
