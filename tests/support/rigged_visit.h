/* A call of a rigged problem's hook, from its arrival to its return: what support/rigged.c, its hooks and the attacks
 * on them share, and nobody else needs. */
#ifndef SUPPORT_RIGGED_VISIT_H
#define SUPPORT_RIGGED_VISIT_H

#include "support/rigged.h"

enum { RIGGED_NR = 4, RIGGED_NR_FINAL = 2 };
#define RIGGED_H 0.2 /* seconds per stage */

/* One output of a hook. */
typedef struct output {
  const char *field;
  double *data;
  int rows, cols; /* cols is 1 for vectors */
  bool symmetric;
} output;

typedef struct visit {
  rigged *r;
  const output *outputs;
  int n;
  bool hit;
  double *target; /* the entry under attack; NULL: none */
  double before;  /* what stood there */
} visit;

/* Counts a call. True: the hook returns *code at once. Outputs that are not there, as those of u at the final stage,
 * come last. */
bool visit_arrive(visit *v, rigged *r, hook_id hook, int k, const output *outputs, int n, int *code);

/* Notes a call with numbers that are not finite, or at a stage that does not exist. */
void visit_look(rigged *r, const traj_point *at);

/* Does to the outputs what the attack asks for; returns what the hook returns. */
int visit_depart(const visit *v);

/* The model and the cost of a form, whose hooks want a rigged as user. */
traj_model rigged_model(const rigged_form *form);
traj_cost rigged_cost(const rigged_form *form);

#endif
