#include "fuzz/trial.h"

static trial_kind kind_of(int byte) {
  return (trial_kind){.family = (trial_family)(byte % TRIAL_FAMILIES), .states = byte & 4, .automatic = byte & 8};
}

static bool run(claims *c, bytes *b, trial_kind kind) {
  switch (kind.family) {
    case TRIAL_LQR:
      return trial_lqr(c, b);
    case TRIAL_STEADY:
      return trial_steady(c, b);
    default:
      return trial_ddp(c, b, kind);
  }
}

const char *trial_run(const uint8_t *data, size_t size, const long *heap_calls, trial_census *census) {
  bytes b = {data, size};
  const trial_kind kind = kind_of(bytes_take(&b));
  claims c = {.heap_calls = heap_calls, .solves = census == NULL ? NULL : census->solves[kind.family]};
  const bool taken = run(&c, &b, kind);
  if (census != NULL) {
    census->problems[kind.family]++;
    census->refused[kind.family] += !taken;
  }
  return c.broken;
}
