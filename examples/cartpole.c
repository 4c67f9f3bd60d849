/* Cart-pole swing-up: a motor of limited force pushes the cart to and fro until the pole stands, and stops the cart
 * where it began.
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

static const double CART = 1.0;     /* kg */
static const double BOB = 0.3;      /* kg, at the end of the pole */
static const double LENGTH = 0.5;   /* m */
static const double GRAVITY = 9.81; /* m/s^2 */
static const double FORCE = 5.0;    /* N, the limit */
static const double DURATION = 3.0; /* s */
enum { STAGES = 150, STATES = 4, MAX_ITERATIONS = 150 };

/* State: position p of the cart, angle th of the pole (0 hanging, pi upright), and their rates. Control: force u.
 * With s = sin th, c = cos th, w = dth/dt and a, b the accelerations of cart and pole:
 *     (m_c + m_b s^2) a = u + m_b s (l w^2 + g c),   l b = -(c a + g s). */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double s = sin(at->x[1]), c = cos(at->x[1]), w = at->x[3];
  (void)user;
  dxdt[0] = at->x[2];
  dxdt[1] = w;
  dxdt[2] = (at->u[0] + BOB * s * (LENGTH * w * w + GRAVITY * c)) / (CART + BOB * s * s);
  dxdt[3] = -(c * dxdt[2] + GRAVITY * s) / LENGTH;
  return 0;
}

/* fx is 4 x 4, column after column. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  const double s = sin(at->x[1]), c = cos(at->x[1]), w = at->x[3];
  const double mass = CART + BOB * s * s, pull = LENGTH * w * w + GRAVITY * c;
  const double a = (at->u[0] + BOB * s * pull) / mass;
  const double a_th = BOB * (c * pull - s * s * GRAVITY - 2 * s * c * a) / mass;
  const double a_w = 2 * BOB * s * LENGTH * w / mass;
  double *th = out->fx + 4, *dp = out->fx + 8, *dth = out->fx + 12; /* columns of the Jacobian */
  (void)user;
  memset(out->fx, 0, 16 * sizeof(double));
  th[2] = a_th;
  th[3] = (s * a - c * a_th - GRAVITY * c) / LENGTH;
  dp[0] = 1;
  dth[1] = 1;
  dth[2] = a_w;
  dth[3] = -c * a_w / LENGTH;
  out->fu[0] = out->fu[1] = 0;
  out->fu[2] = 1 / mass;
  out->fu[3] = -c / (mass * LENGTH);
  return 0;
}

/* Two rows of pictures: the last pose of each interval in colour, the way it came from in grey. */
static int write_motion(const traj_plan *plan, const char *path) {
  enum { PICTURES = 10, INTERVAL = STAGES / PICTURES, GHOST = 3 };
  FILE *file = fopen(path, "w");
  if (file == NULL) return -1;
  fputs("reset\nset terminal pngcairo noenhanced size 1200, 375 font 'sans,11'\n", file);
  fputs("set output 'cartpole_motion.png'\n$poses << END\n", file);
  for (int k = GHOST; k <= plan->N; k += GHOST) {
    const double *x = plan->x + k * STATES;
    const int picture = (k - 1) / INTERVAL, grey = 175 + 5 * ((plan->N - k) % INTERVAL);
    const int row = picture / 5, column = picture % 5;
    const double middle = 2.1 * column, height = -1.5 * row;
    fprintf(file, "%g %g %g %g %d %g %g\n", middle + x[0], height, LENGTH * sin(x[1]), -LENGTH * cos(x[1]),
            grey << 16 | grey << 8 | grey, middle, plan->t[k]);
  }
  fprintf(file, "END\nlast = 'every %d::%d'\n", INTERVAL / GHOST, INTERVAL / GHOST - 1);
  fputs("unset border\nunset tics\nset size ratio -1\nset margins 0, 0, 0, 0\nset style fill solid noborder\n", file);
  fputs("set xrange [-1.05:9.45]\nset yrange [-2.55:0.73]\nunset key\nplot \\\n", file);
  fputs("  $poses @last using ($6 - 0.95):($2 - 0.1):(1.9):(0) with vectors nohead lc rgb '#222222', \\\n", file);
  fputs("  $poses using 1:2:(0.18):(0.09):5 with boxxyerror lc rgb variable, \\\n", file);
  fputs("  $poses using 1:2:3:4:5 with vectors nohead lw 2.5 lc rgb variable, \\\n", file);
  fputs("  $poses using ($1 + $3):($2 + $4):(0.06):5 with circles lc rgb variable, \\\n", file);
  fputs("  $poses @last using 1:2:(0.18):(0.09) with boxxyerror lc rgb '#0072b2', \\\n", file);
  fputs("  $poses @last using 1:2:3:4 with vectors nohead lw 3.5 lc rgb '#d55e00', \\\n", file);
  fputs("  $poses @last using ($1 + $3):($2 + $4):(0.07) with circles lc rgb '#d55e00', \\\n", file);
  fputs("  $poses @last using 6:($2 - 0.78):(sprintf('%.1f s', $7)) with labels\n", file);
  return fclose(file);
}

static void plot(const traj_plan *plan, const traj_history *history, const char *dir) {
  const double goal[STATES] = {0, PI, NAN, NAN};
  const traj_plot labels = {
      .title = "Cart-pole swing-up",
      .x_names = (const char *[]){"position [m]", "angle [rad]", "velocity [m/s]", "rate [rad/s]"},
      .u_names = (const char *[]){"force [N]"},
      .x_goal = goal};
  if (traj_write_csv(plan, "cartpole.csv") != TRAJ_OK || traj_plot_plan(plan, &labels, "cartpole") != TRAJ_OK ||
      traj_plot_history(history, "Cart-pole swing-up: convergence", "cartpole_convergence") != TRAJ_OK ||
      write_motion(plan, "cartpole_motion.gp") != 0)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot cartpole.gp cartpole_convergence.gp cartpole_motion.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its scripts are %s/cartpole*.gp\n", dir);
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
    wave[k] = FORCE * cos(0.16 * k);
  traj_status status = traj_ddp_guess(solver, wave);
  if (status == TRAJ_OK) status = traj_ddp_check_derivatives(solver, 0, start, NULL);
  if (status == TRAJ_OK) status = traj_ddp_guess(solver, NULL);
  return status;
}

static int run(const char *dir) {
  const double start[STATES] = {0, 0, 0, 0}, upright[STATES] = {0, PI, 0, 0};
  const double u_min = -FORCE, u_max = FORCE;
  traj_tracking wishes = {.nx = STATES,
                          .nu = 1,
                          .R = (const double[]){0.01},
                          .Qf = (const double[]){1000, 2000, 100, 100},
                          .x_ref = upright};
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
    printf("%s after %d iterations: cost %.9g, ends at %.4f m, %.4f rad\n", traj_status_name(status), stats->iterations,
           plan->cost, end[0], end[1]);
    if (dir != NULL) plot(plan, &history, dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: cartpole [--plot DIR]\nSwings a pole on a cart up. DIR receives a CSV file and plots.\n";
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
