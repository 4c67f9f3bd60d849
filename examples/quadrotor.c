/* A quadrotor is thrown upside down. Its rotors push in one direction only, so it turns over while it flies, catches
 * itself and hovers at a goal.
 *
 * The attitude is a unit quaternion: the state has 13 numbers and 12 degrees of freedom. The model names the parts of
 * its state; its ode and jac know nothing of tangent spaces. The feedback gains, 4 x 12, are about turns. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/extra.h>
#include <traj/traj.h>
#include <unistd.h>

#define ARM 0.12    /* m, from the middle to a rotor, along x and along y */
#define TWIST 0.016 /* m, torque about z per thrust of a rotor */

static const double MASS = 0.5;                           /* kg */
static const double INERTIA[3] = {0.0023, 0.0023, 0.004}; /* kg m^2 */
static const double GRAVITY = 9.81;                       /* m/s^2 */
static const double LEAST = 0.1, MOST = 2.5;              /* N per rotor, the limits */
static const double DURATION = 1.8;                       /* s */
static const double GOAL[3] = {4.0, 0.8, 1.3};            /* m */
enum { STAGES = 90, STATES = 13, DISPLACEMENTS = 12, ROTORS = 4, MAX_ITERATIONS = 300 };
enum { P = 0, Q = 3, V = 7, W = 10 }; /* where position, quaternion (w, x, y, z), velocity and body rates begin */

static const traj_part parts[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_FLAT, 6}, {0}};

/* Torques about the axes of the body per thrust of each rotor. */
static const double torque[3][ROTORS] = {
    {ARM, ARM, -ARM, -ARM}, {-ARM, ARM, ARM, -ARM}, {-TWIST, TWIST, -TWIST, TWIST}};

/* The z axis of the body: where the rotors push. */
static void upwards(const double *q, double *up) {
  up[0] = 2 * (q[1] * q[3] + q[0] * q[2]);
  up[1] = 2 * (q[2] * q[3] - q[0] * q[1]);
  up[2] = q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3];
}

/* The quaternions that turning about the axes of the body leads to: q (0, e). */
static void turns(const double *q, double turn[3][4]) {
  const double all[3][4] = {{-q[1], q[0], q[3], -q[2]}, {-q[2], -q[3], q[0], q[1]}, {-q[3], q[2], -q[1], q[0]}};
  memcpy(turn, all, sizeof all);
}

/* p' = v,  q' = q (0, w) / 2,  m v' = thrust up - m g,  J w' = torques - w x J w */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double *q = at->x + Q, *w = at->x + W, *u = at->u, *J = INERTIA, thrust = u[0] + u[1] + u[2] + u[3];
  double up[3], turn[3][4];
  (void)user;
  upwards(q, up);
  turns(q, turn);
  for (int i = 0; i < 4; i++)
    dxdt[Q + i] = 0.5 * (turn[0][i] * w[0] + turn[1][i] * w[1] + turn[2][i] * w[2]);
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    const double *t = torque[i];
    dxdt[P + i] = at->x[V + i];
    dxdt[V + i] = thrust / MASS * up[i] - (i == 2 ? GRAVITY : 0);
    dxdt[W + i] = (t[0] * u[0] + t[1] * u[1] + t[2] * u[2] + t[3] * u[3] + (J[j] - J[k]) * w[j] * w[k]) / J[i];
  }
  return 0;
}

/* By the 13 numbers of the state and by the controls, column after column. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  const double *q = at->x + Q, *w = at->x + W, *u = at->u, *J = INERTIA;
  const double a = 2 * (u[0] + u[1] + u[2] + u[3]) / MASS;
  const double up_q[4][3] = {{q[2], -q[1], q[0]}, {q[3], -q[0], -q[1]}, {q[0], q[3], -q[2]}, {q[1], q[2], q[3]}};
  const double spin[4][4] = {
      {0, w[0], w[1], w[2]}, {-w[0], 0, -w[2], w[1]}, {-w[1], w[2], 0, -w[0]}, {-w[2], -w[1], w[0], 0}};
  double up[3], turn[3][4];
  (void)user;
  upwards(q, up);
  turns(q, turn);
  memset(out->fx, 0, STATES * STATES * sizeof(double));
  memset(out->fu, 0, STATES * ROTORS * sizeof(double));
  for (int j = 0; j < 4; j++) {
    double *column = out->fx + (Q + j) * STATES;
    for (int i = 0; i < 4; i++)
      column[Q + i] = 0.5 * spin[j][i];
    for (int i = 0; i < 3; i++)
      column[V + i] = a * up_q[j][i];
  }
  for (int j = 0; j < 3; j++) {
    const int k = (j + 1) % 3, l = (j + 2) % 3;
    double *column = out->fx + (W + j) * STATES;
    out->fx[P + j + (V + j) * STATES] = 1;
    for (int i = 0; i < 4; i++)
      column[Q + i] = 0.5 * turn[j][i];
    column[W + k] = (J[l] - J[j]) * w[l] / J[k];
    column[W + l] = (J[j] - J[k]) * w[k] / J[l];
  }
  for (int r = 0; r < ROTORS; r++) {
    for (int i = 0; i < 3; i++) {
      out->fu[V + i + r * STATES] = up[i] / MASS;
      out->fu[W + i + r * STATES] = torque[i][r] / J[i];
    }
  }
  return 0;
}

/* Little thrust beyond what hovering takes, little turning. */
static int effort(const traj_point *at, double *r, void *user) {
  (void)user;
  for (int i = 0; i < ROTORS; i++)
    r[i] = 0.02 * (at->u[i] - MASS * GRAVITY / ROTORS);
  for (int i = 0; i < 3; i++)
    r[ROTORS + i] = 0.01 * at->x[W + i];
  return 0;
}

/* At rest at the goal, level, ahead along x: the vector part of the quaternion is zero there, and of no other attitude.
 */
static int miss(const traj_point *at, double *r, void *user) {
  (void)user;
  for (int i = 0; i < 3; i++) {
    r[i] = 10 * (at->x[P + i] - GOAL[i]);
    r[3 + i] = 20 * at->x[Q + 1 + i];
    r[6 + i] = 3 * at->x[V + i];
    r[9 + i] = at->x[W + i];
  }
  return 0;
}

/* The pictures are taken from the right of the flight and from above: to the right and to the top of the paper, and
 * towards the eye. */
static const double VIEW[3][3] = {{0.969, 0.247, 0}, {-0.085, 0.332, 0.939}, {0.232, -0.91, 0.343}};

static double along(const double *axis, const double *point) {
  return axis[0] * point[0] + axis[1] * point[1] + axis[2] * point[2];
}

/* A point of the body in space. */
static void place(const double *x, double ahead, double left, double above, double *point) {
  const double *q = x + Q;
  const double axis[3] = {q[0] * q[0] + q[1] * q[1] - q[2] * q[2] - q[3] * q[3], 2 * (q[1] * q[2] + q[0] * q[3]),
                          2 * (q[1] * q[3] - q[0] * q[2])};
  double up[3];
  upwards(q, up);
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    point[i] = x[P + i] + ahead * axis[i] + left * (up[j] * axis[k] - up[k] * axis[j]) + above * up[i];
  }
}

/* Rotor r as a polygon, or its shadow on the floor. */
static void write_disc(FILE *file, const double *x, int r, int shadow, const char *look) {
  enum { CORNERS = 24 };
  const double radius = 0.095, step = 6.283185307179586 / CORNERS;
  for (int i = 0; i <= CORNERS; i++) {
    double point[3];
    place(x, -torque[1][r] + radius * cos(i * step), torque[0][r] + radius * sin(i * step), 0.03, point);
    if (shadow) point[2] = 0;
    fprintf(file, "%s%.4f,%.4f", i == 0 ? "set object polygon from " : " to ", along(VIEW[0], point),
            along(VIEW[1], point));
  }
  fprintf(file, " %s\n", look);
}

static void write_line(FILE *file, const double *from, const double *to, const char *look) {
  fprintf(file, "set arrow from %.4f,%.4f to %.4f,%.4f nohead %s\n", along(VIEW[0], from), along(VIEW[1], from),
          along(VIEW[0], to), along(VIEW[1], to), look);
}

/* The quadrotor at stage k: shadow, arms, rotors (blue from above, orange from below) and their thrusts. */
static void write_pose(FILE *file, const traj_plan *plan, int k) {
  const double *x = plan->x + k * STATES, *u = plan->u + (k < STAGES ? k : STAGES - 1) * ROTORS;
  const char *above = "fs transparent solid 0.75 border lc rgb '#004488' fc rgb '#0072b2' front";
  const char *below = "fs transparent solid 0.75 border lc rgb '#aa5500' fc rgb '#e69f00' front";
  double up[3], rotor[3], tip[3];
  upwards(x + Q, up);
  for (int r = 0; r < ROTORS; r++) {
    place(x, -torque[1][r], torque[0][r], 0.03, rotor);
    place(x, -torque[1][r], torque[0][r], 0.03 + 0.1 * u[r], tip);
    write_disc(file, x, r, 1, "fs solid noborder fc rgb '#dddddd' behind");
    write_line(file, x + P, rotor, "lw 4 lc rgb '#333333' front");
    write_line(file, rotor, tip, "lw 2 lc rgb '#cc3311' front");
    write_disc(file, x, r, 0, along(VIEW[2], up) > 0 ? above : below);
  }
  fprintf(file, "set label '%.2f s' at %.4f,%.4f center front\n", plan->t[k], along(VIEW[0], x + P),
          along(VIEW[1], x + P) - 0.3);
}

static double distance(const traj_plan *plan, int from, int to) {
  const double *a = plan->x + from * STATES, *b = plan->x + to * STATES;
  return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static int write_flight(const traj_plan *plan, const char *path) {
  const double APART = 0.46; /* m, from one picture to the next */
  FILE *file = fopen(path, "w");
  if (file == NULL) return -1;
  fputs("reset\nset terminal pngcairo noenhanced size 1200, 480 font 'sans,11'\n", file);
  fputs("set output 'quadrotor_flight.png'\nunset border\nunset tics\nunset key\nset size ratio -1\n", file);
  fputs("set margins 0, 0, 0, 0\nset xrange [-0.6:4.78]\nset yrange [-0.55:1.6]\n", file);
  for (int i = 0; i <= 10; i++) {
    const double ahead[2][3] = {{-0.5, -0.5 + 0.2 * i, 0}, {4.5, -0.5 + 0.2 * i, 0}};
    const double across[2][3] = {{-0.5 + 0.5 * i, -0.5, 0}, {-0.5 + 0.5 * i, 1.5, 0}};
    write_line(file, ahead[0], ahead[1], "lw 1 lc rgb '#e4e4e4' back");
    write_line(file, across[0], across[1], "lw 1 lc rgb '#e4e4e4' back");
  }
  fputs("$path << END\n", file);
  for (int k = 0; k <= plan->N; k++) {
    const double *p = plan->x + k * STATES + P;
    fprintf(file, "%g %g\n", along(VIEW[0], p), along(VIEW[1], p));
  }
  fputs("END\n", file);
  for (int k = 0, last = 0; k <= plan->N; k++) {
    double left = distance(plan, k, plan->N);
    if (k > 0 && k < plan->N && (distance(plan, last, k) < APART || left < 0.7 * APART)) continue;
    write_pose(file, plan, k);
    last = k;
  }
  fputs("plot $path with lines lw 1.5 dt 2 lc rgb '#888888'\n", file);
  return fclose(file);
}

static void plot(const traj_plan *plan, const traj_history *history, const char *dir) {
  const traj_plot labels = {
      .title = "Quadrotor, thrown upside down",
      .x_names = (const char *[]){"x [m]", "y [m]", "z [m]", "q w", "q x", "q y", "q z", "dx/dt [m/s]", "dy/dt [m/s]",
                                  "dz/dt [m/s]", "roll rate [rad/s]", "pitch rate [rad/s]", "yaw rate [rad/s]"},
      .u_names = (const char *[]){"thrust 1 [N]", "thrust 2 [N]", "thrust 3 [N]", "thrust 4 [N]"}};
  if (traj_write_csv(plan, "quadrotor.csv") != TRAJ_OK || traj_plot_plan(plan, &labels, "quadrotor") != TRAJ_OK ||
      traj_plot_history(history, "Quadrotor: convergence", "quadrotor_convergence") != TRAJ_OK ||
      write_flight(plan, "quadrotor_flight.gp") != 0)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot quadrotor.gp quadrotor_convergence.gp quadrotor_flight.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its scripts are %s/quadrotor*.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

static int run(const char *dir) {
  const double upside_down[STATES] = {[P] = 0, 0, 0.6, [Q] = 0, 1, 0, 0, [V] = 2.2, 0.4, 3.6, [W] = 0, 0, 0};
  const double least[ROTORS] = {LEAST, LEAST, LEAST, LEAST}, most[ROTORS] = {MOST, MOST, MOST, MOST};
  const traj_problem problem = {
      .N = STAGES,
      .dt = DURATION / STAGES,
      .model = {.nx = STATES, .ndx = DISPLACEMENTS, .nu = ROTORS, .ode = ode, .jac = jac, .parts = parts},
      .cost = {.nr = ROTORS + 3, .residual = effort, .nr_final = DISPLACEMENTS, .final_residual = miss},
      .u_min = least,
      .u_max = most};
  traj_iteration rows[MAX_ITERATIONS + 1];
  traj_history history = {.rows = rows, .capacity = MAX_ITERATIONS + 1, .next = traj_print_iteration};
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = TRAJ_DDP; /* second derivatives by differences of jac */
  settings.run.max_iter = MAX_ITERATIONS;
  settings.run.iteration = traj_record_iteration;
  settings.run.iteration_user = &history;

  traj_ddp *solver;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), &problem, &settings, &diag) != TRAJ_OK) return complain("create", &diag);
  double guess[STAGES * ROTORS];
  for (int i = 0; i < STAGES * ROTORS; i++)
    guess[i] = MASS * GRAVITY / ROTORS; /* hovering, were it not upside down */
  traj_status status = traj_ddp_guess(solver, guess);
  if (status == TRAJ_OK) status = traj_ddp_check_derivatives(solver, 0, upside_down, NULL);
  if (status == TRAJ_OK) status = traj_ddp_solve(solver, 0, upside_down);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  if (status < 0) {
    complain("solve", &stats->diag);
  } else {
    const traj_plan *plan = traj_ddp_plan(solver);
    const double *end = plan->x + STAGES * STATES;
    double up[3];
    upwards(end + Q, up);
    printf("%s after %d iterations: cost %.9g, ends at %.3f, %.3f, %.3f m, tilted by %.4f rad\n",
           traj_status_name(status), stats->iterations, plan->cost, end[0], end[1], end[2], acos(fmin(1, up[2])));
    if (dir != NULL) plot(plan, &history, dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage =
      "usage: quadrotor [--plot DIR]\nCatches a quadrotor thrown upside down. DIR receives a CSV file and plots.\n";
  const char *dir = NULL;
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return fputs(usage, stdout) < 0;
  if (argc == 3 && strcmp(argv[1], "--plot") == 0) {
    dir = argv[2];
  } else if (argc != 1) {
    fputs(usage, stderr);
    return 2;
  }
  if (dir != NULL && chdir(dir) != 0) {
    perror(dir);
    return 2;
  }
  return run(dir);
}
