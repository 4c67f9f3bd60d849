#include "support/rigged_visit.h"

#include <math.h>
#include <stddef.h>

#include "support/rng.h"

static bool all_finite(const double *a, int n) {
  for (int i = 0; i < n; i++) {
    if (!isfinite(a[i])) return false;
  }
  return true;
}

void visit_look(rigged *r, const traj_point *at) {
  bool known = at->k >= 0 && at->k <= r->problem.N && isfinite(at->t) && all_finite(at->x, r->problem.model.nx);
  bool controls = at->u == NULL ? at->k == r->problem.N : all_finite(at->u, RIGGED_NU);
  if (!known || !controls) r->wild++;
}

static int entries_of(const output *outputs, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += outputs[i].rows * outputs[i].cols;
  return sum;
}

/* Finds the entry under attack and notes where it is. */
static void aim(visit *v) {
  int entry = v->r->attack.entry;
  const output *o = v->outputs;
  while (entry >= o->rows * o->cols)
    entry -= o->rows * o->cols, o++;
  strike *s = &v->r->strike;
  s->field = o->field;
  s->row = entry % o->rows;
  s->col = o->cols == 1 ? -1 : entry / o->rows;
  s->read = !o->symmetric || s->row >= entry / o->rows;
  v->target = o->data + entry;
  v->before = *v->target;
}

bool visit_arrive(visit *v, rigged *r, hook_id hook, int k, const output *outputs, int n, int *code) {
  while (n > 0 && outputs[n - 1].data == NULL)
    n--;
  *v = (visit){.r = r, .outputs = outputs, .n = n};
  const attack *a = &r->attack;
  int call = r->calls[hook]++;
  r->entries[hook] = entries_of(outputs, n);
  *code = 0;
  if (a->kind == HARMLESS || (a->hook != hook && a->hook != HOOKS)) return false;
  bool at_entry = a->kind == WRITE_VALUE || a->kind == FORGET_ENTRY;
  bool elsewhere = at_entry && a->entry >= r->entries[hook]; /* not every call has the same outputs */
  if (call < a->call || elsewhere) return false;
  if (!a->onwards && (at_entry ? r->strike.hits > 0 : call > a->call)) return false;
  v->hit = true;
  const strike before = r->strike;
  r->strike = (strike){.hits = before.hits + 1, .k = k, .last = k, .row = -1, .col = -1, .read = true};
  if (a->kind == CALL) a->act(a->arg);
  if (a->kind == CALL || a->kind == SCRAMBLE) return false;
  if (a->kind != RETURN_CODE) aim(v);
  bool follows = before.hits > 0 && (k == before.last || k == before.last + 1);
  if (at_entry && follows && before.read) {
    r->strike = before;
    r->strike.hits++;
    r->strike.last = k;
  }
  *code = a->kind == RETURN_CODE ? a->code : 0;
  return a->kind == RETURN_CODE || a->kind == FORGET_ALL;
}

/* A number of any size, at times none at all, at times one that is only somewhat wrong. */
static double wrong_number(rng *dice, double right) {
  static const double none[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
  double sign = rng_chance(dice, 0.5) ? 1 : -1;
  if (rng_chance(dice, 0.02)) return none[rng_int(dice, 0, 2)];
  if (rng_chance(dice, 0.5)) return right * sign * rng_decade(dice, -2, 2);
  return sign * rng_decade(dice, -320, 308);
}

static void scramble(const visit *v) {
  rng *dice = v->r->attack.arg;
  for (int i = 0; i < v->n; i++) {
    for (int j = 0; j < v->outputs[i].rows * v->outputs[i].cols; j++) {
      double *entry = &v->outputs[i].data[j];
      if (rng_chance(dice, v->r->attack.value)) *entry = wrong_number(dice, *entry);
    }
  }
}

int visit_depart(const visit *v) {
  if (v->hit && v->r->attack.kind == SCRAMBLE) scramble(v);
  if (v->target == NULL) return 0;
  *v->target = v->r->attack.kind == FORGET_ENTRY ? v->before : v->r->attack.value;
  return 0;
}
