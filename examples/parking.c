/* Parking: a car beside its place, and across it, drives about until it stands there. The problem is the one of
 * Tassa, Mansard and Todorov (2014), with limits on steering and acceleration in every stage.
 *
 * There are many ways to park, each of them better than all that are near it, and a solve finds one of those. Which one
 * is up to the guess: so this program solves from several and keeps the best plan. No derivative is given. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/extra.h>
#include <traj/traj.h>
#include <unistd.h>

#define PI 3.141592653589793

static const double STEP = 0.03;                    /* s */
static const double AXLES = 2.0;                    /* m, between the axles */
static const double STEERING = 0.5;                 /* rad, the limit */
static const double PUSH = 2.0;                     /* m/s^2, the limit */
static const double TURNED[] = {0, 0.1, -0.1, 0.2}; /* rad, the guesses */
enum { STAGES = 500, MAX_ITERATIONS = 1000, GUESSES = sizeof TURNED / sizeof *TURNED };
enum { PX, PY, HEADING, SPEED, STATES }; /* middle of the rear axle (m), where the car points to (rad), m/s */
enum { STEER, ACCELERATE, CONTROLS };    /* angle of the front wheels, acceleration of them */

/* The front wheels roll by f where they point to, the rear axle follows by b. Not defined where the front wheels would
 * have to roll past the reach of the axle. */
static int step(const traj_point *at, double *next, void *user) {
  const double *x = at->x, *u = at->u;
  const double f = STEP * x[SPEED], aside = f * sin(u[STEER]);
  (void)user;
  if (!(fabs(aside) < AXLES)) return 1;
  const double b = AXLES + f * cos(u[STEER]) - sqrt(AXLES * AXLES - aside * aside);
  next[PX] = x[PX] + b * cos(x[HEADING]);
  next[PY] = x[PY] + b * sin(x[HEADING]);
  next[HEADING] = x[HEADING] + asin(aside / AXLES);
  next[SPEED] = x[SPEED] + STEP * u[ACCELERATE];
  return 0;
}

/* |z|, but smooth where it is not larger than p. */
static double distance(double z, double p) {
  return sqrt(z * z + p * p) - p;
}

static int stage(const traj_point *at, double *cost, void *user) {
  const double *x = at->x, *u = at->u;
  (void)user;
  *cost = 0.01 * u[STEER] * u[STEER] + 1e-4 * u[ACCELERATE] * u[ACCELERATE] +
          1e-3 * (distance(x[PX], 0.1) + distance(x[PY], 0.1));
  return 0;
}

static int final(const traj_point *at, double *cost, void *user) {
  const double *x = at->x;
  (void)user;
  *cost = 0.1 * (distance(x[PX], 0.01) + distance(x[PY], 0.01)) + distance(x[HEADING], 0.01) +
          0.3 * distance(x[SPEED], 1) + 1e-3 * (distance(x[PX], 0.1) + distance(x[PY], 0.1));
  return 0;
}

/* A rectangle of the car as a polygon: its middle is `ahead` and `left` of the rear axle, and it is turned by `turn`.
 */
static void write_part(FILE *file, const double *x, double ahead, double left, double turn, double length, double width,
                       const char *look) {
  const double c = cos(x[HEADING]), s = sin(x[HEADING]), ct = cos(x[HEADING] + turn), st = sin(x[HEADING] + turn);
  const double corner[5][2] = {{1, 1}, {1, -1}, {-1, -1}, {-1, 1}, {1, 1}};
  for (int i = 0; i < 5; i++) {
    const double a = 0.5 * length * corner[i][0], b = 0.5 * width * corner[i][1];
    fprintf(file, "%s%.4f,%.4f", i == 0 ? "set object polygon from " : " to ",
            x[PX] + c * ahead - s * left + ct * a - st * b, x[PY] + s * ahead + c * left + st * a + ct * b);
  }
  fprintf(file, " %s\n", look);
}

/* The car at stage k: its body, the later the darker, and its wheels. */
static void write_pose(FILE *file, const traj_plan *plan, int k) {
  const char *rubber = "fs solid noborder fc rgb '#444444' front";
  const double *x = plan->x + k * STATES, *u = plan->u + (k < STAGES ? k : STAGES - 1) * CONTROLS;
  char look[96];
  snprintf(look, sizeof look, "fs transparent solid %.2f border lc rgb '#004488' fc rgb '#0072b2' front",
           0.05 + 0.5 * k / STAGES);
  write_part(file, x, 0.5 * AXLES, 0, 0, 3.0, 1.4, look);
  for (int side = -1; side <= 1; side += 2) {
    write_part(file, x, 0, 0.55 * side, 0, 0.5, 0.16, rubber);
    write_part(file, x, AXLES, 0.55 * side, u[STEER], 0.5, 0.16, rubber);
  }
  fprintf(file, "set label '%.1f s' at %.4f,%.4f center front\n", plan->t[k], x[PX] - 1.1 * sin(x[HEADING]),
          x[PY] + 1.1 * cos(x[HEADING]));
}

static void write_panel(FILE *file, const char *label, double limit, int column) {
  fprintf(file, "set ylabel '%s'\nset yrange [%g:%g]\n", label, -1.3 * limit, 1.3 * limit);
  fprintf(file, "plot %g with lines dt 2 lc rgb '#d55e00', %g with lines dt 2 lc rgb '#d55e00', \\\n", limit, -limit);
  fprintf(file, "  $plan using 1:%d with steps lw 1.5 lc rgb '#0072b2'\n", column);
}

/* The way of the car, seen from above, and at its start, its end, and every few metres the car itself. */
static void write_way(FILE *file, const traj_plan *plan) {
  const double APART = 2.8, place[STATES] = {0};
  fputs("unset border\nunset tics\nset size ratio -1\nset xrange [-9:5]\nset yrange [-8.6:2.2]\n", file);
  write_part(file, place, 0.5 * AXLES, 0, 0, 3.2, 1.6, "fs empty border lc rgb '#d55e00' lw 2 dt 2 front");
  for (int k = 0, last = 0; k <= STAGES; k++) {
    const double *x = plan->x + k * STATES, *before = plan->x + last * STATES;
    if (k > 0 && k < STAGES && hypot(x[PX] - before[PX], x[PY] - before[PY]) < APART) continue;
    write_pose(file, plan, k);
    last = k;
  }
  fputs("plot $plan using 2:3 with lines lw 2 lc rgb '#d55e00'\nunset object\nunset label\nset size noratio\n", file);
}

static int write_picture(const traj_plan *plan, const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL) return -1;
  fputs("$plan << END\n", file);
  for (int k = 0; k < STAGES; k++) {
    const double *x = plan->x + k * STATES, *u = plan->u + k * CONTROLS;
    fprintf(file, "%.2f %.5f %.5f %.5f %.5f\n", plan->t[k], x[PX], x[PY], u[STEER], u[ACCELERATE]);
  }
  fputs("END\nreset\nset terminal pngcairo noenhanced size 900, 1000 font 'sans,10'\nset output 'parking.png'\n", file);
  fputs("set multiplot\nunset key\nset margins screen 0.02, screen 0.98, screen 0.32, screen 0.99\n", file);
  write_way(file, plan);
  fputs("set border 3 lc rgb '#555555'\nset tics nomirror\nset grid lc rgb '#e0e0e0' lt 1\n", file);
  fprintf(file, "set xrange [0:%g]\nset margins screen 0.08, screen 0.97, screen 0.2, screen 0.31\n", STAGES * STEP);
  write_panel(file, "steering [rad]", STEERING, 4);
  fputs("set margins screen 0.08, screen 0.97, screen 0.05, screen 0.16\nset xlabel 'time [s]'\n", file);
  write_panel(file, "acceleration [m/s²]", PUSH, 5);
  fputs("unset multiplot\n", file);
  return fclose(file);
}

static void plot(const traj_plan *plan, const char *dir) {
  if (traj_write_csv(plan, "parking.csv") != TRAJ_OK || write_picture(plan, "parking.gp") != 0)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot parking.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its script is %s/parking.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

/* The guess: standing still, with the front wheels turned. */
static traj_status solve(traj_ddp *solver, double turned) {
  const double start[STATES] = {1, 1, 1.5 * PI, 0};
  double guess[STAGES * CONTROLS] = {0};
  for (int k = 0; k < STAGES; k++)
    guess[k * CONTROLS + STEER] = turned;
  traj_status status = traj_ddp_guess(solver, guess);
  return status == TRAJ_OK ? traj_ddp_solve(solver, 0, start) : status;
}

/* Solves from every guess, and once more from the best: the same guess gives the same plan, bit for bit. */
static traj_status search(traj_ddp *solver) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  double least = INFINITY, best = 0;
  printf("%14s %14s %12s %14s\n", "wheels [rad]", "status", "iterations", "cost");
  for (int i = 0; i < GUESSES; i++) {
    traj_status status = solve(solver, TURNED[i]);
    if (status < 0) return status;
    printf("%14.1f %14s %12d %14.9f\n", TURNED[i], traj_status_name(status), stats->iterations, stats->cost);
    if (stats->cost < least) best = TURNED[i];
    least = fmin(least, stats->cost);
  }
  return solve(solver, best);
}

static void report(const traj_plan *plan) {
  printf("\nThe best plan costs %.9f.\n", plan->cost);
  printf("Minima that are known: 1.436100688, 1.645020993, 1.905167755, 1.974030845, 2.027223946.\n\n");
  printf("%8s %10s %10s %14s %13s\n", "time [s]", "x [m]", "y [m]", "heading [rad]", "speed [m/s]");
  for (int k = 0; k <= STAGES; k += STAGES / 10) {
    const double *x = plan->x + k * STATES;
    printf("%8.1f %10.4f %10.4f %14.4f %13.4f\n", plan->t[k], x[PX], x[PY], x[HEADING], x[SPEED]);
  }
}

static int run(const char *dir) {
  const double least[CONTROLS] = {-STEERING, -PUSH}, most[CONTROLS] = {STEERING, PUSH};
  const traj_problem problem = {.N = STAGES,
                                .dt = STEP,
                                .model = {.nx = STATES, .nu = CONTROLS, .step = step},
                                .cost = {.stage = stage, .final = final},
                                .u_min = least,
                                .u_max = most};
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.method = TRAJ_DDP; /* second derivatives by differences: they pay here */
  settings.run.max_iter = MAX_ITERATIONS;

  traj_ddp *solver;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), &problem, &settings, &diag) != TRAJ_OK) return complain("create", &diag);
  traj_status status = search(solver);
  if (status < 0) {
    complain("solve", &traj_ddp_get_stats(solver)->diag);
  } else {
    report(traj_ddp_plan(solver));
    if (dir != NULL) plot(traj_ddp_plan(solver), dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: parking [--plot DIR]\nParks a car. DIR receives a CSV file and a plot.\n";
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
