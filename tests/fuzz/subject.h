/* A nonlinear problem drawn from bytes, whose hooks may lie and fail: sizes, horizon, scales, smooth and broken
 * functions, flat or on a manifold, any choice of hooks, limits and settings, guesses of states, and one trouble. */
#ifndef FUZZ_SUBJECT_H
#define FUZZ_SUBJECT_H

#include "fuzz/curve.h"
#include "fuzz/trial.h"
#include "traj/ddp.h"

enum { SUBJECT_NX = 6, SUBJECT_NU = 4, SUBJECT_NZ = SUBJECT_NX + SUBJECT_NU, SUBJECT_N = 10, SUBJECT_NR = 4 };

typedef enum subject_hook {
  SUBJECT_DYNAMICS,
  SUBJECT_JAC,
  SUBJECT_HESS,
  SUBJECT_COST,
  SUBJECT_QUAD,
  SUBJECT_RETRACT,
  SUBJECT_DIFFERENCE,
  SUBJECT_PARALLEL,
  SUBJECT_ITERATION,
  SUBJECT_CLOCK,
  SUBJECT_PROJECT, /* this and the next on manifolds only */
  SUBJECT_TANGENT,
  SUBJECT_HOOKS
} subject_hook;

/* What a hook does wrong at its call number call, and at all later ones if onwards. */
typedef struct subject_trouble {
  subject_hook hook;
  int call;
  bool onwards;
  enum { TROUBLE_CODE, TROUBLE_VALUE, TROUBLE_FORGETS, TROUBLES } kind;
  int code, entry;
  double value;
} subject_trouble;

/* A cost, or the rows of a residual. */
typedef struct subject_cost {
  double weight[SUBJECT_NZ];
  curve bent;
  curve rows[SUBJECT_NR];
} subject_cost;

typedef struct subject {
  traj_problem problem;
  traj_ddp_settings settings;
  double x0[SUBJECT_NX], u[SUBJECT_NU * SUBJECT_N];
  bool states;                            /* guesses have them: */
  double x[SUBJECT_NX * (SUBJECT_N + 1)]; /* not always numbers */
  const traj_part *parts;                 /* of the manifold; NULL: there is none */
  double u_min[SUBJECT_NU * SUBJECT_N], u_max[SUBJECT_NU * SUBJECT_N], dt_stage[SUBJECT_N];
  curve motion[SUBJECT_NX];
  subject_cost stage, final;
  bool undefined_by_code; /* or by NaN */
  double lie;             /* factor of one entry of every derivative; 1: no lies */
  subject_trouble trouble;
  bool armed;
  int calls[SUBJECT_HOOKS];
} subject;

/* Draws a subject; its hooks point to s, which must stay where it is. Some are refused by create. */
void subject_draw(subject *s, bytes *b, const trial_kind *kind);

/* Numbers in a displacement of the state. */
int subject_ndx(const subject *s);

/* Counts calls anew, with or without the trouble. */
void subject_reset(subject *s, bool armed);

#endif
