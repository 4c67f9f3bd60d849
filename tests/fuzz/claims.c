#include "fuzz/claims.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/trial.h"

enum { GUARD = 64, GUARD_BYTE = 0xa5 };

void claim(claims *c, bool holds, const char *what) {
  if (!holds && c->broken == NULL) c->broken = what;
}

void claim_cause(claims *c, const traj_diag *diag, traj_status status) {
  char text[300];
  claim(c, diag->status == status, "the diagnostic has another status than the call");
  claim(c, diag->hook != NULL || diag->field != NULL || diag->k >= 0, "the diagnostic names no cause");
  claim(c, traj_diag_text(diag, text, sizeof text) < sizeof text && strlen(text) > 10, "no text of the diagnostic");
}

long claims_heap(const claims *c) {
  return c->heap_calls == NULL ? 0 : *c->heap_calls;
}

void claims_count(claims *c, traj_status status) {
  if (c->solves != NULL) c->solves[TRIAL_ZERO + status]++;
}

guarded guarded_of(size_t size) {
  guarded g = {.block = malloc(size + GUARD + 1), .size = size};
  if (g.block == NULL) abort();
  memset(g.block, GUARD_BYTE, size + GUARD + 1);
  return g;
}

void *guarded_memory(const guarded *g) {
  return g->block + 1;
}

void guarded_release(guarded *g, claims *c) {
  for (size_t i = 0; i <= GUARD && g->block != NULL; i++) {
    const size_t at = i == 0 ? 0 : g->size + i;
    claim(c, g->block[at] == GUARD_BYTE, "something was written beyond the block");
  }
  free(g->block);
  g->block = NULL;
}

bool claim_size(claims *c, traj_status status, size_t size, const traj_diag *diag, guarded *memory) {
  if (status == TRAJ_OK) {
    *memory = guarded_of(size);
    return true;
  }
  claim(c, status < 0 && size == 0, "a refusal without an error");
  claim_cause(c, diag, status);
  return false;
}

bool claim_init(claims *c, traj_status status, bool built, long before) {
  claim(c, claims_heap(c) == before, "init called the heap");
  claim(c, status == TRAJ_OK && built, "init refuses what size has taken");
  return built;
}
