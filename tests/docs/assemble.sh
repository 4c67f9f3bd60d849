# To be sourced: one C file from the blocks that extract.awk made.

# assemble BLOCKS PROGRAM
assemble() {
  if [ -f "$1/$2.file" ]; then cat "$1/$2.file"; fi
  if [ -f "$1/$2.main" ]; then
    printf 'int main(void) {\n'
    cat "$1/$2.main"
    printf 'return 0;\n}\n'
  fi
}
