/* Steady policies. Besides what holds for every family:
 *
 *   a policy is stable by powers of the closed loop, and that of a tame problem leaves little of the Riccati equation;
 *   as the end of a finite problem it is that problem's policy at the first stage too. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/linear.h"
#include "fuzz/trial.h"
#include "support/lq.h"
#include "traj/steady.h"

enum { OPERATIONS = 3, NX = LINEAR_NX, NU = LINEAR_NU };

typedef struct trial {
  linear l;
  claims *c;
} trial;

typedef struct place {
  traj_steady *solver;
  guarded memory;
} place;

static bool build(trial *t, place *p) {
  traj_diag diag;
  size_t size;
  *p = (place){.solver = NULL};
  traj_status status = traj_steady_size(&t->l.problem, &size, &diag);
  if (!claim_size(t->c, status, size, &diag, &p->memory)) return false;
  const long before = claims_heap(t->c);
  status = traj_steady_init(&p->solver, guarded_memory(&p->memory), size, &t->l.problem, &diag);
  return claim_init(t->c, status, p->solver != NULL, before);
}

/* The stage that counts: the last, or the first of a problem without stages. */
static int last_stage(const traj_lqr_problem *p) {
  return p->N > 0 ? p->N - 1 : 0;
}

/* C (m x n) = A (m x k) B */
static void multiply(int m, int n, int k, const long double *A, const long double *B, long double *C) {
  for (int j = 0; j < n; j++) {
    for (int i = 0; i < m; i++) {
      C[i + j * m] = 0;
      for (int l = 0; l < k; l++)
        C[i + j * m] += A[i + l * m] * B[l + j * k];
    }
  }
}

/* Whether powers of A + B K vanish. */
static bool decays(const traj_lqr_problem *p, const double *K) {
  enum { SQUARINGS = 60 };
  const int nx = p->nx, nu = p->nu, last = last_stage(p);
  const double *A = lq_at(p->A, last), *B = lq_at(p->B, last);
  long double M[NX * NX], square[NX * NX], largest = 1;
  for (int j = 0; j < nx; j++) {
    for (int i = 0; i < nx; i++) {
      M[i + j * nx] = A[i + j * nx];
      for (int l = 0; l < nu; l++)
        M[i + j * nx] += (long double)B[i + l * nx] * K[l + j * nu];
    }
  }
  for (int s = 0; s < SQUARINGS && largest > 1e-300L && largest < 1e1000L; s++) {
    multiply(nx, nx, nx, M, M, square);
    memcpy(M, square, sizeof M);
    largest = 0;
    for (int i = 0; i < nx * nx; i++)
      largest = fmaxl(largest, fabsl(M[i]));
  }
  return largest <= 1e-300L;
}

static void require_policy(trial *t, const traj_steady_policy *p) {
  for (int i = 0; i < p->nx * p->nx; i++)
    claim(t->c, isfinite(p->V[i]) && p->V[i] == p->V[i / p->nx + i % p->nx * p->nx], "V is not symmetric and finite");
  for (int i = 0; i < p->nu * p->nx; i++)
    claim(t->c, isfinite(p->K[i]), "K is not finite");
  for (int i = 0; i < p->nx; i++)
    claim(t->c, isfinite(p->v[i]), "v is not finite");
  for (int i = 0; i < p->nu; i++)
    claim(t->c, isfinite(p->k[i]), "k is not finite");
  claim(t->c, isfinite(p->rate), "the rate is not finite");
  claim(t->c, p->residual >= 0 && isfinite(p->residual), "the residual is no number");
  claim(t->c, !t->l.tame || p->residual <= 1e-5, "the residual of a tame problem is large");
  claim(t->c, p->radius >= 0 && p->radius < 1, "the closed loop is not stable");
  claim(t->c, decays(&t->l.problem, p->K), "powers of the closed loop grow");
}

static traj_status solve(trial *t, traj_steady *solver) {
  traj_diag diag;
  const long before = claims_heap(t->c);
  const traj_status status = traj_steady_solve(solver, &diag);
  claim(t->c, claims_heap(t->c) == before, "solve called the heap");
  claims_count(t->c, status);
  const traj_steady_policy *policy = traj_steady_get_policy(solver);
  claim(t->c, (status == TRAJ_OK) == (policy != NULL), "the policy does not go with the status");
  if (status != TRAJ_OK) claim_cause(t->c, &diag, status);
  if (policy != NULL) require_policy(t, policy);
  return status;
}

/* The finite problem of the last stage, again and again, that ends in the steady policy. */
static void require_end(trial *t, traj_steady *solver) {
  traj_lqr_problem finite = lq_tail(&t->l.problem, last_stage(&t->l.problem));
  place p = {.memory = {.block = NULL}};
  traj_lqr *lqr = NULL;
  traj_diag diag;
  size_t size;
  finite.N = 3;
  traj_series *const fields[] = {&finite.A, &finite.B, &finite.c,     &finite.Q, &finite.S, &finite.R,
                                 &finite.q, &finite.r, &finite.Sigma, &finite.C, &finite.D};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    fields[i]->stride = 0;
  claim(t->c, traj_steady_finish(solver, &finite, &diag) == TRAJ_OK, "finish refuses what solve has solved");
  claim(t->c, traj_lqr_size(&finite, &size, &diag) == TRAJ_OK, "the finite problem is refused");
  p.memory = guarded_of(size);
  claim(t->c, traj_lqr_init(&lqr, guarded_memory(&p.memory), size, &finite, &diag) == TRAJ_OK, "init refuses it");
  const traj_steady_policy *steady = traj_steady_get_policy(solver);
  if (t->c->broken == NULL && traj_lqr_factor(lqr, &diag) == TRAJ_OK) {
    const double *K = traj_lqr_get_policy(lqr)->K;
    double most = 0, off = 0;
    for (int i = 0; i < steady->nu * steady->nx; i++) {
      most = fmax(most, fabs(steady->K[i]));
      off = fmax(off, fabs(steady->K[i] - K[i]));
    }
    /* What the equation leaves tells how well the problem is posed: near the limits of control V grows without end. */
    const bool tells = t->l.tame && steady->residual <= 1e-9;
    claim(t->c, !tells || off <= 1e-6 * (1 + most), "the finite problem has another policy");
  } else {
    claim(t->c, !t->l.tame, "the finite problem has no policy");
  }
  guarded_release(&p.memory, t->c);
}

static bool same(const double *a, const double *b, int count) {
  return memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

static void require_fresh(trial *t, traj_steady *used) {
  place p;
  const traj_status status = solve(t, used);
  if (build(t, &p)) {
    claim(t->c, solve(t, p.solver) == status, "a fresh solver has another status");
    const traj_steady_policy *a = traj_steady_get_policy(used), *b = traj_steady_get_policy(p.solver);
    if (a != NULL && b != NULL) {
      const int nx = a->nx, nu = a->nu;
      claim(t->c, same(a->V, b->V, nx * nx) && same(a->v, b->v, nx), "a fresh solver's value differs");
      claim(t->c, same(a->K, b->K, nu * nx) && same(a->k, b->k, nu), "a fresh solver's gains differ");
      claim(t->c, same(&a->rate, &b->rate, 1), "a fresh solver's rate differs");
      require_end(t, used);
    }
  }
  guarded_release(&p.memory, t->c);
}

bool trial_steady(claims *c, bytes *b) {
  trial t = {.c = c};
  place p;
  linear_draw(&t.l, b);
  const bool taken = build(&t, &p);
  if (taken) {
    for (int i = 0; i < OPERATIONS; i++) {
      const bool bad = bytes_chance(b, 128);
      if (bad) linear_spoil(&t.l, true);
      solve(&t, p.solver);
      if (bad) linear_spoil(&t.l, false);
    }
    require_fresh(&t, p.solver);
  }
  guarded_release(&p.memory, c);
  return taken;
}
