#include "ddp/ddp.h"

/* Documented in docs/theory, "Constants". */
static const double FACTOR = 2;
static const double LEAST = 1e-6;
static const double MOST = 1e24;

bool tj_regularization_spent(const tj_regularization *r) {
  return r->mu > MOST;
}

bool tj_regularization_raise(tj_regularization *r) {
  r->rate = r->rate < 1 ? FACTOR : r->rate * FACTOR;
  r->mu = r->mu * r->rate > LEAST ? r->mu * r->rate : LEAST;
  return !tj_regularization_spent(r);
}

void tj_regularization_lower(tj_regularization *r) {
  r->rate = r->rate > 1 ? 1 / FACTOR : r->rate / FACTOR;
  r->mu = r->mu * r->rate >= LEAST ? r->mu * r->rate : 0;
}
