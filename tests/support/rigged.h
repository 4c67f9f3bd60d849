/* A small nonlinear problem whose hooks count their calls and misbehave on demand: at one call of one hook, one attack.
 *
 * Two states (angle, rate), two controls, five stages; in the tangent form the angle is stored as (cos, sin), three
 * numbers with two displacements. */
#ifndef SUPPORT_RIGGED_H
#define SUPPORT_RIGGED_H

#include <stdbool.h>

#include "support/sequence.h"
#include "traj/ddp.h"

enum { RIGGED_N = 5, RIGGED_NX = 2, RIGGED_NU = 2, RIGGED_MAX_NX = 3, RIGGED_MAX_FIELDS = 5 };

typedef enum hook_id {
  HOOK_STEP,
  HOOK_ODE,
  HOOK_JAC,
  HOOK_HESS,
  HOOK_RETRACT,
  HOOK_DIFFERENCE,
  HOOK_PROJECT,
  HOOK_RETRACT_DERIVATIVES,
  HOOK_DIFFERENCE_DERIVATIVES,
  HOOK_STAGE,
  HOOK_FINAL,
  HOOK_STAGE_QUAD,
  HOOK_FINAL_QUAD,
  HOOK_RESIDUAL,
  HOOK_FINAL_RESIDUAL,
  HOOK_RESIDUAL_JAC,
  HOOK_FINAL_RESIDUAL_JAC,
  HOOKS
} hook_id;

/* The name of a hook as diagnostics show it. */
const char *hook_name(hook_id hook);

/* Which of its forms the problem takes. */
typedef struct rigged_form {
  const char *name;
  bool ode;      /* RK4 instead of a step */
  bool tangent;  /* with ode: its hooks are in three coordinates, and those of its space are given with first */
  bool residual; /* costs as least squares */
  bool limits;   /* some of which are active */
  bool first;    /* jac and quads (or residual jacs) given, else by differences */
  bool second;   /* hess given */
  traj_ddp_method method;
  traj_differences differences;
  int workers;          /* more than one: one after another, so that hits can be told in order */
  sequence_order order; /* not SHUFFLED: the last hit of a run of jobs is the one of the lowest job that has any */
} rigged_form;

/* All the forms that the tests of hooks go through. */
extern const rigged_form rigged_forms[];
extern const int rigged_form_count;

typedef enum attack_kind {
  HARMLESS,
  RETURN_CODE,  /* returns a code, writes nothing */
  WRITE_VALUE,  /* writes a value to one entry of the outputs */
  FORGET_ENTRY, /* leaves one entry as it was */
  FORGET_ALL,   /* returns 0, writes nothing */
  SCRAMBLE,     /* replaces entries by random numbers, arg is an rng, value the chance of each entry */
  CALL          /* calls act, then goes on as if nothing had happened */
} attack_kind;

typedef struct attack {
  attack_kind kind;
  hook_id hook; /* HOOKS: all of them */
  int call;     /* of that hook, from 0; when it does not have the entry, the next one that does */
  bool onwards; /* at each later call too */
  int code;
  int entry; /* among all outputs of the hook, column by column */
  double value;
  void (*act)(void *arg);
  void *arg;
} attack;

/* Where the last hit went; of entries hit at one stage after the other the first, because a few stages are asked about
 * before their answers are looked at. */
typedef struct strike {
  int hits;
  const char *field; /* NULL: none (a code) */
  int k;             /* -1: the hook was not told */
  int last;          /* stage of the last hit */
  int row, col;      /* col is -1 for vectors */
  bool read;         /* false: the upper triangle of a symmetric matrix, which nobody reads */
} strike;

typedef struct rigged {
  rigged_form form;
  traj_problem problem;
  traj_ddp_settings settings;
  sequence sequence; /* how several workers take turns */
  attack attack;
  strike strike;
  int calls[HOOKS];
  int entries[HOOKS];          /* outputs of the last call */
  int calls_of_rollout[HOOKS]; /* the first calls of each solve, those that roll the guess out */
  int wild;                    /* calls with a state, control or time that is not finite, or a wrong stage */
} rigged;

/* Sets up a form; the problem points to r, which must stay where it is. */
void rigged_prepare(rigged *r, const rigged_form *form);

/* Sets the attack and forgets calls and hits. */
void rigged_attack(rigged *r, attack what);

/* Initial states in the form's coordinates: where the good plan starts, and where the attacked solves do. */
const double *rigged_start(const rigged *r);
const double *rigged_other_start(const rigged *r);

#endif
