/* The fuzz target: libFuzzer calls it, and its main() gives it files or standard input, for AFL++ and to replay a
 * corpus. It aborts when something does not hold. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/trial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *broken = trial_run(data, size, NULL, NULL);
  if (broken == NULL) return 0;
  fprintf(stderr, "%s\n", broken);
  abort();
}

#ifndef FUZZ_LIBFUZZER
static int try_out(FILE *file, const char *name) {
  static uint8_t data[1 << 16];
  if (file == NULL) {
    perror(name);
    return 1;
  }
  const size_t size = fread(data, 1, sizeof data, file);
  fclose(file);
  return LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv) {
  int failures = argc == 1 ? try_out(stdin, "stdin") : 0;
  for (int i = 1; i < argc; i++)
    failures += try_out(fopen(argv[i], "rb"), argv[i]);
  printf("%d inputs\n", argc == 1 ? 1 : argc - 1);
  return failures != 0;
}
#endif
