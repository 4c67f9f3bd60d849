#!/bin/sh
# selftest.sh: breaches of the rules for documents, planted one by one, are found.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
planted=0

# extract TEXT: takes the document TEXT apart.
extract() {
  rm -rf blocks
  mkdir blocks
  printf '%b' "$1" >document.md
  awk -v out=blocks -f "$here/extract.awk" document.md >log 2>&1
}

# refuse WHY TEXT: the document is refused with a message that holds WHY.
refuse() {
  planted=$((planted + 1))
  if extract "$2" || ! grep -qF -- "$1" log; then
    echo "not refused because of '$1':"
    cat document.md log
    exit 1
  fi
}

good='<!-- snippet: a b file -->\n```c\nint x;\n```\n\n```\nx = 1\n```\n<!-- snippet: a output -->\n```text\n1\n```\n'
extract "$good" || { cat log; exit 1; }
diff blocks/a.file blocks/b.file
[ "$(cat blocks/a.output)" = 1 ]

refuse 'a block of c without a snippet role' '```c\nint x;\n```\n'
refuse 'a block of sh without a snippet role' "$good"'```sh\nls\n```\n'
refuse 'a block of cmake without a snippet role' '```cmake\nproject(a)\n```\n'
refuse 'a block of "python"' '```python\nx = 1\n```\n'
refuse 'a block of "cpp"' '<!-- snippet: a file -->\n```cpp\nint x;\n```\n'
refuse 'unknown place "fill"' '<!-- snippet: a fill -->\n```c\nint x;\n```\n'
refuse 'is a program and a place' '<!-- snippet: file -->\n```c\nint x;\n```\n'
refuse '"output" is no place for a block of "c"' '<!-- snippet: a output -->\n```c\nint x;\n```\n'
refuse 'belongs to no block' '<!-- snippet: a file -->\n\n```c\nint x;\n```\n'
refuse 'belongs to no block' '<!-- snippet: a file -->\n'
refuse 'cannot be read' '<!--snippet: a file-->\n'
refuse 'a fence that is not' '- a list\n  ```c\n  int x;\n  ```\n'
refuse 'a fence that is not' '~~~c\nint x;\n~~~\n'
refuse 'a block without an end' '<!-- snippet: a file -->\n```c\nint x;\n'

# A tree whose theory and sources agree, then one change at a time.
plant() {
  rm -rf tree
  mkdir -p tree/docs tree/src/ddp tree/include
  printf '## A heading\n\n    (X1)  a = b\n\n| `LEAST` | `1e-3` | `ddp/a.c` | least |\n' >tree/docs/theory.md
  printf '/* (X1), docs/theory, "A\n * heading". */\nstatic const double LEAST =\n    1e-3; /* why */\n' >tree/src/ddp/a.c
}

# differ WHY SCRIPT FILE: after sed SCRIPT on FILE theory and sources disagree, and the report holds WHY.
differ() {
  planted=$((planted + 1))
  plant
  sed -i "$2" "tree/$3"
  if sh "$here/theory.sh" tree >log 2>&1 || ! grep -qF -- "$1" log; then
    echo "not refused because of '$1':"
    cat log
    exit 1
  fi
}

plant
sh "$here/theory.sh" tree >log 2>&1 || { cat log; exit 1; }
differ '> X2' 's/(X1)/(X1) (X2)/' src/ddp/a.c
differ '< X2' 's/^    (X1).*/&\n    (X2)  c = d/' docs/theory.md
differ 'cite X3' 's/docs.theory, /docs\/theory, X3), docs\/theory, /' src/ddp/a.c
differ 'cite the heading "A heading"' 's/## A heading/## Another/' docs/theory.md
differ '> LEAST ddp/a.c 1e-3' 's/1e-3/1e-4/' docs/theory.md
differ '< MOST' 's/^| `LEAST.*/&\n| `MOST` | `1` | `ddp\/a.c` | most |/' docs/theory.md

# dead WHY LINK: a document with this link is refused.
dead() {
  planted=$((planted + 1))
  printf '# Heading one\n[link](%s)\n' "$1" >tree/docs/links.md
  if sh "$here/links.sh" tree >log 2>&1 || ! grep -qF -- "links.md: no $1" log; then
    echo "not refused: a link to $1"
    cat log
    exit 1
  fi
}

plant
printf '[a](docs/theory.md) [b](docs/theory.md#a-heading) [c](#title) [d](https://example.org)\n# Title\n' >tree/README.md
sh "$here/links.sh" tree >log 2>&1 || { cat log; exit 1; }
dead nothing.md
dead theory.md#no-heading
dead '#heading'
echo "$planted planted breaches were found"
