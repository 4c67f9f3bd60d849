#include "support/sequence.h"

sequence sequence_of(sequence_order order, int workers, uint64_t seed) {
  return (sequence){.order = order, .workers = workers, .dice = rng_from(seed)};
}

static void shuffle(rng *dice, int *jobs, int n) {
  for (int i = n - 1; i > 0; i--) {
    int j = rng_int(dice, 0, i), job = jobs[i];
    jobs[i] = jobs[j];
    jobs[j] = job;
  }
}

int sequence_run(traj_job_fn *job, int n, void *arg, void *user) {
  sequence *s = user;
  int jobs[SEQUENCE_MOST];
  s->runs++;
  if (n > SEQUENCE_MOST) return 1;
  for (int i = 0; i < n; i++)
    jobs[i] = s->order == BACKWARDS ? n - 1 - i : i;
  if (s->order == SHUFFLED) shuffle(&s->dice, jobs, n);
  for (int i = 0; i < n; i++)
    job(jobs[i], rng_int(&s->dice, 0, s->workers - 1), arg);
  return 0;
}

void sequence_install(sequence *s, traj_run *run) {
  run->workers = s->workers;
  run->parallel = sequence_run;
  run->parallel_user = s;
}
