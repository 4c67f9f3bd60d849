/* Controls that do not jump: a motor turns a load through an elastic shaft, once as fast as its torque limit lets it,
 * and once with a price on every change of the torque.
 *
 * The price couples two stages, which no stage cost can do. So the torque of the stage before becomes a state of its
 * own: the step copies the control into it, and the cost sees both. The motor at rest is part of the first state, so
 * the first change is charged as well. Derivatives are left to finite differences. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/extra.h>
#include <traj/traj.h>
#include <unistd.h>

#define PI 3.141592653589793

static const double MOTOR = 0.02;    /* kg m^2 */
static const double LOAD = 0.1;      /* kg m^2 */
static const double STIFFNESS = 3.0; /* N m/rad, of the shaft */
static const double LOSS = 0.01;     /* N m s/rad, of the shaft */
static const double TORQUE = 1.0;    /* N m, the limit */
static const double STEP = 0.01;     /* s */
static const double GOAL = PI / 2;   /* rad */
enum { STAGES = 250, RESIDUALS = 5, FINAL_RESIDUALS = 4, STAGES_PER_ROW = 25 };

/* The plant, and behind it what is added to it. */
enum { MOTOR_ANGLE, LOAD_ANGLE, MOTOR_RATE, LOAD_RATE, LAST_TORQUE, STATES };

/* What the cost charges for; the weights enter as their roots. */
typedef struct price {
  double change; /* of a change of the torque by 1 N m */
} price;

static int step(const traj_point *at, double *next, void *user) {
  const double *x = at->x;
  const double twist = STIFFNESS * (x[MOTOR_ANGLE] - x[LOAD_ANGLE]) + LOSS * (x[MOTOR_RATE] - x[LOAD_RATE]);
  (void)user;
  next[MOTOR_RATE] = x[MOTOR_RATE] + STEP * (at->u[0] - twist) / MOTOR;
  next[LOAD_RATE] = x[LOAD_RATE] + STEP * twist / LOAD;
  next[MOTOR_ANGLE] = x[MOTOR_ANGLE] + STEP * next[MOTOR_RATE];
  next[LOAD_ANGLE] = x[LOAD_ANGLE] + STEP * next[LOAD_RATE];
  next[LAST_TORQUE] = at->u[0];
  return 0;
}

/* The load shall be at its goal and at rest; torque costs next to nothing. */
static int residual(const traj_point *at, double *r, void *user) {
  const price *p = user;
  r[0] = at->x[LOAD_ANGLE] - GOAL;
  r[1] = 0.1 * at->x[LOAD_RATE];
  r[2] = 0.1 * (at->x[MOTOR_ANGLE] - at->x[LOAD_ANGLE]);
  r[3] = 0.01 * at->u[0];
  r[4] = sqrt(p->change) * (at->u[0] - at->x[LAST_TORQUE]);
  return 0;
}

static int final_residual(const traj_point *at, double *r, void *user) {
  (void)user;
  r[0] = 10 * (at->x[LOAD_ANGLE] - GOAL);
  r[1] = 10 * (at->x[MOTOR_ANGLE] - GOAL);
  r[2] = at->x[LOAD_RATE];
  r[3] = at->x[MOTOR_RATE];
  return 0;
}

/* A row of the comparison: what the shaft bears, and when the load has arrived for good. */
static void print_summary(const char *name, const traj_plan *plan, const traj_ddp_stats *stats) {
  double change = 0, twist = 0;
  int arrival = 0;
  for (int k = 0; k <= STAGES; k++) {
    const double *x = plan->x + k * STATES;
    twist = fmax(twist, fabs(x[MOTOR_ANGLE] - x[LOAD_ANGLE]));
    if (k < STAGES) change = fmax(change, fabs(plan->u[k] - x[LAST_TORQUE]));
    if (fabs(x[LOAD_ANGLE] - GOAL) > 0.01 * GOAL) arrival = k + 1;
  }
  printf("%-18s %10.3f N m %10.3f rad %10.2f s %8d\n", name, change, twist, arrival * STEP, stats->iterations);
}

static void print_table(const traj_plan *jumping, const traj_plan *smooth) {
  printf("\n%8s  %22s  %22s\n%8s  %11s %10s  %11s %10s\n", "", "jumping", "smooth", "time s", "torque N m", "load rad",
         "torque N m", "load rad");
  for (int k = 0; k < STAGES; k += STAGES_PER_ROW)
    printf("%8.2f  %11.4f %10.4f  %11.4f %10.4f\n", jumping->t[k], jumping->u[k], jumping->x[k * STATES + LOAD_ANGLE],
           smooth->u[k], smooth->x[k * STATES + LOAD_ANGLE]);
}

static void write_data(FILE *file, const char *name, const traj_plan *plan) {
  fprintf(file, "$%s << END\n", name);
  for (int k = 0; k <= STAGES; k++) {
    const double *x = plan->x + k * STATES;
    fprintf(file, "%.4f %.6f %.6f %.6f\n", plan->t[k], x[LOAD_ANGLE], plan->u[k < STAGES ? k : STAGES - 1],
            STIFFNESS * (x[MOTOR_ANGLE] - x[LOAD_ANGLE]));
  }
  fputs("END\n", file);
}

static void write_panel(FILE *file, const char *label, const char *range, int column, const char *style) {
  fprintf(file, "set ylabel '%s'\nset yrange %s\nplot $jumping using 1:%d %s lc rgb '#d55e00' title 'jumping', ", label,
          range, column, style);
  fprintf(file, "$smooth using 1:%d %s lc rgb '#0072b2' title 'smooth'\n", column, style);
}

static void plot(const traj_plan *jumping, const traj_plan *smooth, const char *dir) {
  FILE *file = fopen("smooth.gp", "w");
  int failed = file == NULL;
  if (file != NULL) {
    write_data(file, "jumping", jumping);
    write_data(file, "smooth", smooth);
    fputs("reset\nset terminal pngcairo noenhanced size 900, 640 font 'sans,10'\nset output 'smooth.png'\n", file);
    fputs("set multiplot layout 3, 1 title 'A load on an elastic shaft' font ',13'\nset lmargin 11\n", file);
    fputs("set border 3 lc rgb '#555555'\nset tics nomirror\nset grid lc rgb '#e0e0e0' lt 1\n", file);
    fprintf(file, "set xrange [0:%g]\nset key bottom right horizontal\n", STAGES * STEP);
    write_panel(file, "load [rad]", "[-0.1:1.8]", 2, "with lines lw 2");
    fputs("unset key\n", file);
    write_panel(file, "motor torque [N m]", "[-1.2:1.2]", 3, "with steps lw 1.5");
    fputs("set xlabel 'time [s]'\n", file);
    write_panel(file, "shaft torque [N m]", "[-2:2]", 4, "with lines lw 2");
    fputs("unset multiplot\n", file);
    failed = fclose(file) != 0;
  }
  if (failed) fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot smooth.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its script is %s/smooth.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

/* A solver of its own for each price; it is kept for its plan. */
static traj_status solve(traj_ddp **solver, price *p) {
  static const double u_min = -TORQUE, u_max = TORQUE;
  const double at_rest[STATES] = {0};
  const traj_problem problem = {.N = STAGES,
                                .dt = STEP,
                                .model = {.nx = STATES, .nu = 1, .step = step},
                                .cost = {.nr = RESIDUALS,
                                         .residual = residual,
                                         .nr_final = FINAL_RESIDUALS,
                                         .final_residual = final_residual,
                                         .user = p},
                                .u_min = &u_min,
                                .u_max = &u_max};
  traj_diag diag;
  traj_status status = traj_ddp_create(solver, traj_heap(), &problem, NULL, &diag);
  if (status != TRAJ_OK) {
    complain("create", &diag);
    return status;
  }
  status = traj_ddp_solve(*solver, 0, at_rest);
  if (status != TRAJ_OK) complain("solve", &traj_ddp_get_stats(*solver)->diag);
  return status;
}

static int run(const char *dir) {
  price nothing = {.change = 0}, something = {.change = 10};
  traj_ddp *jumping = NULL, *smooth = NULL;
  traj_status status = solve(&jumping, &nothing);
  if (status == TRAJ_OK) status = solve(&smooth, &something);
  if (status == TRAJ_OK) {
    printf("%-18s %14s %14s %12s %8s\n", "", "largest jump", "largest twist", "there after", "iter");
    print_summary("no price", traj_ddp_plan(jumping), traj_ddp_get_stats(jumping));
    print_summary("changes cost", traj_ddp_plan(smooth), traj_ddp_get_stats(smooth));
    print_table(traj_ddp_plan(jumping), traj_ddp_plan(smooth));
    if (dir != NULL) plot(traj_ddp_plan(jumping), traj_ddp_plan(smooth), dir);
  }
  traj_ddp_destroy(jumping);
  traj_ddp_destroy(smooth);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: smooth [--plot DIR]\nTurns a load with and without jumps. DIR receives a plot.\n";
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
