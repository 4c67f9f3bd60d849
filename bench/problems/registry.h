/** @file
 *  What the plant files give to the registry. */
#ifndef BENCH_PROBLEMS_REGISTRY_H
#define BENCH_PROBLEMS_REGISTRY_H

#include "problems/problems.h"

extern const bench_problem bench_pendulum;
extern const bench_problem bench_pendulum_a;
extern const bench_problem bench_cartpole;
extern const bench_problem bench_cartpole_a;
extern const bench_problem bench_cp50;
extern const bench_problem bench_car;
extern const bench_problem bench_quadrotor;
extern const bench_problem bench_chain24;
extern const bench_problem bench_chain60;
extern const bench_problem bench_double_integrator_box;
extern const bench_problem bench_vanderpol;
extern const bench_problem bench_vanderpol_box;
extern const bench_problem bench_vanderpol_stiff;
extern const bench_problem bench_acrobot;
extern const bench_problem bench_arm7;
extern const bench_problem bench_planar_quadrotor;
extern const bench_problem bench_flip;
extern const bench_problem bench_double_well;
extern const bench_problem bench_thrusters;

#endif
