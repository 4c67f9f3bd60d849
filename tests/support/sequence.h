/* A parallel hook without threads: jobs run one by one, in any order, each on a worker of the hook's choice. */
#ifndef SUPPORT_SEQUENCE_H
#define SUPPORT_SEQUENCE_H

#include "support/rng.h"
#include "traj/run.h"

enum { SEQUENCE_MOST = 64 };

typedef enum sequence_order { FORWARDS, BACKWARDS, SHUFFLED } sequence_order;

typedef struct sequence {
  sequence_order order;
  int workers; /* the solver's; each job gets a random one */
  rng dice;
  int runs; /* how often it was called */
} sequence;

sequence sequence_of(sequence_order order, int workers, uint64_t seed);

/* The hook; user is a sequence. At most SEQUENCE_MOST jobs. */
int sequence_run(traj_job_fn *job, int n, void *arg, void *user);

/* Makes a run use it. */
void sequence_install(sequence *s, traj_run *run);

#endif
