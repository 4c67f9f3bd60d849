/* Pendulum swing-up: the motor is too weak to lift the pendulum, so that it has to pump.
 *
 * The model is an ordinary differential equation with its Jacobian, the cost is the ready-made tracking cost. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/extra.h>
#include <traj/traj.h>
#include <unistd.h>

#define PI 3.141592653589793

static const double MASS = 1.0;     /* kg, at the end of the rod */
static const double LENGTH = 0.5;   /* m */
static const double DAMPING = 0.05; /* N m s */
static const double GRAVITY = 9.81; /* m/s^2 */
static const double TORQUE = 1.2;   /* N m, the limit; holding the rod level takes 4.9 N m */
static const double DURATION = 5.0; /* s */
enum { STAGES = 200, STATES = 2, MAX_ITERATIONS = 150 };

/* State: angle (0 hanging, pi upright) and its rate. Control: torque.
 * m l^2 dw/dt = u - d w - m g l sin(th) */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double inertia = MASS * LENGTH * LENGTH;
  (void)user;
  dxdt[0] = at->x[1];
  dxdt[1] = (at->u[0] - DAMPING * at->x[1] - MASS * GRAVITY * LENGTH * sin(at->x[0])) / inertia;
  return 0;
}

/* fx is 2 x 2, column after column. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  const double inertia = MASS * LENGTH * LENGTH;
  (void)user;
  out->fx[0] = 0;
  out->fx[1] = -MASS * GRAVITY * LENGTH * cos(at->x[0]) / inertia;
  out->fx[2] = 1;
  out->fx[3] = -DAMPING / inertia;
  out->fu[0] = 0;
  out->fu[1] = 1 / inertia;
  return 0;
}

/* A strip of pictures: the last pose of each interval in blue, the way it came from in grey. */
static int write_motion(const traj_plan *plan, const char *path) {
  enum { PICTURES = 10, INTERVAL = STAGES / PICTURES, GHOST = 4 };
  FILE *file = fopen(path, "w");
  if (file == NULL) return -1;
  fputs("reset\nset terminal pngcairo noenhanced size 1200, 165 font 'sans,11'\n", file);
  fputs("set output 'pendulum_motion.png'\n$poses << END\n", file);
  for (int k = GHOST; k <= plan->N; k += GHOST) {
    const int picture = (k - 1) / INTERVAL, grey = 175 + 4 * ((plan->N - k) % INTERVAL);
    const double angle = plan->x[k * STATES], pivot = 1.2 * picture;
    fprintf(file, "%g 0 %g %g %d %g\n", pivot, LENGTH * sin(angle), -LENGTH * cos(angle), grey << 16 | grey << 8 | grey,
            plan->t[k]);
  }
  fprintf(file, "END\nlast = 'every %d::%d'\n", INTERVAL / GHOST, INTERVAL / GHOST - 1);
  fputs("unset border\nunset tics\nset size ratio -1\nset margins 0, 0, 0, 0\nset style fill solid noborder\n", file);
  fputs("set xrange [-0.6:11.4]\nset yrange [-0.97:0.68]\nunset key\nplot \\\n", file);
  fputs("  $poses using 1:2:3:4:5 with vectors nohead lw 2.5 lc rgb variable, \\\n", file);
  fputs("  $poses using ($1 + $3):4:(0.06):5 with circles lc rgb variable, \\\n", file);
  fputs("  $poses @last using 1:2:3:4 with vectors nohead lw 3.5 lc rgb '#0072b2', \\\n", file);
  fputs("  $poses @last using ($1 + $3):4:(0.08) with circles lc rgb '#0072b2', \\\n", file);
  fputs("  $poses @last using 1:2:(0.03) with circles lc rgb '#222222', \\\n", file);
  fputs("  $poses @last using 1:(-0.84):(sprintf('%.1f s', $6)) with labels\n", file);
  return fclose(file);
}

static void plot(const traj_plan *plan, const traj_history *history, const char *dir) {
  const double goal[STATES] = {PI, NAN};
  const traj_plot labels = {.title = "Pendulum swing-up with a weak motor",
                            .x_names = (const char *[]){"angle [rad]", "rate [rad/s]"},
                            .u_names = (const char *[]){"torque [N m]"},
                            .x_goal = goal};
  if (traj_write_csv(plan, "pendulum.csv") != TRAJ_OK || traj_plot_plan(plan, &labels, "pendulum") != TRAJ_OK ||
      traj_plot_history(history, "Pendulum swing-up: convergence", "pendulum_convergence") != TRAJ_OK ||
      write_motion(plan, "pendulum_motion.gp") != 0)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot pendulum.gp pendulum_convergence.gp pendulum_motion.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its scripts are %s/pendulum*.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

/* Are ode and jac of one mind? Asked at every stage of a motion through many angles; the guess is zero again then. */
static traj_status check(traj_ddp *solver, const double *start) {
  double wave[STAGES];
  for (int k = 0; k < STAGES; k++)
    wave[k] = TORQUE * cos(0.16 * k);
  traj_status status = traj_ddp_guess(solver, wave);
  if (status == TRAJ_OK) status = traj_ddp_check_derivatives(solver, 0, start, NULL);
  if (status == TRAJ_OK) status = traj_ddp_guess(solver, NULL);
  return status;
}

static int run(const char *dir) {
  const double start[STATES] = {0, 0}, upright[STATES] = {PI, 0};
  const double u_min = -TORQUE, u_max = TORQUE;
  traj_tracking wishes = {
      .nx = STATES, .nu = 1, .R = (const double[]){0.02}, .Qf = (const double[]){500, 50}, .x_ref = upright};
  const traj_problem problem = {.N = STAGES,
                                .dt = DURATION / STAGES,
                                .model = {.nx = STATES, .nu = 1, .ode = ode, .jac = jac},
                                .cost = traj_tracking_cost(&wishes),
                                .u_min = &u_min,
                                .u_max = &u_max};
  traj_iteration rows[MAX_ITERATIONS + 1];
  traj_history history = {.rows = rows, .capacity = MAX_ITERATIONS + 1, .next = traj_print_iteration};
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.run.max_iter = MAX_ITERATIONS;
  settings.run.iteration = traj_record_iteration;
  settings.run.iteration_user = &history;

  traj_ddp *solver;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), &problem, &settings, &diag) != TRAJ_OK) return complain("create", &diag);
  traj_status status = check(solver, start);
  if (status == TRAJ_OK) status = traj_ddp_solve(solver, 0, start);
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  if (status < 0) {
    complain("solve", &stats->diag);
  } else {
    const traj_plan *plan = traj_ddp_plan(solver);
    const double *end = plan->x + STAGES * STATES;
    printf("%s after %d iterations: cost %.9g, ends at %.4f rad, %.4f rad/s\n", traj_status_name(status),
           stats->iterations, plan->cost, end[0], end[1]);
    if (dir != NULL) plot(plan, &history, dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: pendulum [--plot DIR]\nSwings a pendulum up. DIR receives a CSV file and plots.\n";
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
