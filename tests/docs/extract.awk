# extract.awk -v out=DIRECTORY DOCUMENT: takes the code blocks of a Markdown document apart. Every block of c, sh or
# cmake is preceded by a line
#
#     <!-- snippet: PROGRAM... PLACE -->
#
# that says which programs it belongs to and where:
#     file      c      at file level of PROGRAM.c
#     main      c      inside main() of PROGRAM.c, after the blocks before
#     output    text   what PROGRAM prints
#     run       sh     commands that work in a directory that holds PROGRAM.c
#     build     cmake  the CMakeLists.txt of a project that holds PROGRAM.c
#     tree      sh     commands of the source tree itself, each "sh SCRIPT" (PROGRAM is any word)
# Blocks without a language, or of text, are formulas and listings: a role is optional there. Anything else fails.
function fail(text) {
  printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
  failures++
}
function start_block(language,    known) {
  inside = 1
  begin = FNR
  body = ""
  known = language ~ /^(c|sh|cmake|text)?$/
  if (!known) fail("a block of \"" language "\": say how it is tested in tests/docs/extract.awk")
  if (known && language ~ /^(c|sh|cmake)$/ && role == "") fail("a block of " language " without a snippet role")
  if (role != "" && takes[place] != language) fail("\"" place "\" is no place for a block of \"" language "\"")
}
function end_block(    count, i, name, word) {
  inside = 0
  if (role == "") return
  blocks++
  count = split(role, word, " ") - 1
  for (i = 1; i <= count; i++) {
    name = out "/" word[i] "." place
    if (place == "build" || place == "run" || place == "tree") name = name "." ++numbered[name]
    if (language == "c") printf "#line %d \"%s\"\n", begin + 1, FILENAME > name
    printf "%s", body > name
  }
  role = ""
}
BEGIN {
  takes["file"] = takes["main"] = "c"
  takes["run"] = takes["tree"] = "sh"
  takes["output"] = "text"
  takes["build"] = "cmake"
}
inside && /^```$/ { end_block(); next }
inside { body = body $0 "\n"; next }
role != "" && FNR != announced + 1 { fail("the snippet role above belongs to no block"); role = "" }
/^```/ { language = substr($0, 4); start_block(language); next }
/^[ \t>]+(```|~~~)|^~~~/ { fail("a fence that is not three backquotes at the start of the line") }
/^<!-- snippet: .* -->$/ {
  role = substr($0, 15, length($0) - 18)
  announced = FNR
  if (split(role, word, " ") < 2) fail("a snippet role is a program and a place")
  place = word[split(role, word, " ")]
  if (!(place in takes)) { fail("unknown place \"" place "\""); role = "" }
  next
}
/snippet:/ { fail("a snippet role that cannot be read") }
END {
  if (inside) fail("a block without an end")
  if (role != "") fail("the snippet role above belongs to no block")
  printf "%d blocks with a role in %s\n", blocks, FILENAME
  exit failures > 0
}
