/* Why a plan is more than its controls: a car on a slalom, pushed about by noise, driven by the controls of the plan
 * alone and by its feedback. The time-varying LQR about the same trajectory tells beforehand what the feedback will
 * cost.
 *
 * The model is a discrete step with its Jacobian; the reference of the tracking cost changes from stage to stage. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/extra.h>
#include <traj/traj.h>
#include <unistd.h>

#define PI 3.141592653589793

static const double STEP = 0.05;        /* s */
static const double SPEED = 2.0;        /* m/s, along the axis of the slalom */
static const double WIDTH = 0.8;        /* m, of a turn to either side */
static const double WAVE = 8.0;         /* m, from turn to turn on the same side */
static const double ACCELERATION = 3.0; /* m/s^2, the limit */
static const double YAW_RATE = 2.5;     /* rad/s, the limit */
enum { STAGES = 160, STATES = 4, CONTROLS = 2, MAX_ITERATIONS = 100, ROLLOUTS = 400, DRAWN = 60 };

/* Standard deviations of what each step adds to x [m], y [m], heading [rad] and speed [m/s]. */
static const double NOISE[STATES] = {0.01, 0.01, 0.01, 0.02};

/* State: x, y, heading, speed. Control: acceleration, yaw rate. */
static int step(const traj_point *at, double *next, void *user) {
  const double *x = at->x;
  (void)user;
  next[0] = x[0] + STEP * x[3] * cos(x[2]);
  next[1] = x[1] + STEP * x[3] * sin(x[2]);
  next[2] = x[2] + STEP * at->u[1];
  next[3] = x[3] + STEP * at->u[0];
  return 0;
}

/* fx is 4 x 4, fu 4 x 2, column after column. */
static int jac(const traj_point *at, traj_jac *out, void *user) {
  const double c = cos(at->x[2]), s = sin(at->x[2]), v = at->x[3];
  const double fx[STATES * STATES] = {
      1,
      0,
      0,
      0, /* by x */
      0,
      1,
      0,
      0, /* by y */
      -STEP * v * s,
      STEP * v * c,
      1,
      0, /* by the heading */
      STEP * c,
      STEP * s,
      0,
      1, /* by the speed */
  };
  const double fu[STATES * CONTROLS] = {
      0, 0, 0,    STEP, /* by the acceleration */
      0, 0, STEP, 0,    /* by the yaw rate */
  };
  (void)user;
  memcpy(out->fx, fx, sizeof fx);
  memcpy(out->fu, fu, sizeof fu);
  return 0;
}

/* Numbers of the normal distribution, always the same ones. */
static double normal(uint64_t *state) {
  double uniform[2];
  for (int i = 0; i < 2; i++) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    uniform[i] = ((double)(*state >> 11) + 0.5) / 9007199254740992.0;
  }
  return sqrt(-2 * log(uniform[0])) * cos(2 * PI * uniform[1]);
}

/* Drives once under noise and returns the cost; path (nullable) receives the line to draw. */
static double drive(const traj_problem *problem, const traj_plan *plan, int feedback, uint64_t *seed, FILE *path) {
  double x[STATES], next[STATES], u[CONTROLS], cost, sum = 0;
  memcpy(x, plan->x, sizeof x);
  for (int k = 0; k < STAGES; k++) {
    if (feedback) {
      traj_plan_action(plan, plan->t[k], x, u, NULL);
    } else {
      memcpy(u, plan->u + k * CONTROLS, sizeof u);
    }
    const traj_point at = {.k = k, .t = plan->t[k], .x = x, .u = u};
    problem->cost.stage(&at, &cost, problem->cost.user);
    sum += cost;
    step(&at, next, NULL);
    if (path != NULL) fprintf(path, "%.4f %.4f\n", x[0], x[1]);
    for (int i = 0; i < STATES; i++)
      x[i] = next[i] + NOISE[i] * normal(seed);
  }
  const traj_point end = {.k = STAGES, .t = plan->t[STAGES], .x = x};
  problem->cost.final(&end, &cost, problem->cost.user);
  if (path != NULL) fprintf(path, "%.4f %.4f\n\n", x[0], x[1]);
  return sum + cost;
}

/* Prints a row of the table about many drives, and writes the first of them for the plot. */
static void compare(const traj_problem *problem, const traj_plan *plan, int feedback, FILE *paths) {
  uint64_t seed = 88172645463325252u;
  double sum = 0, squares = 0, worst = 0;
  if (paths != NULL) fprintf(paths, "$%s << END\n", feedback ? "feedback" : "open_loop");
  for (int i = 0; i < ROLLOUTS; i++) {
    double cost = drive(problem, plan, feedback, &seed, i < DRAWN ? paths : NULL);
    sum += cost;
    squares += cost * cost;
    worst = fmax(worst, cost);
  }
  if (paths != NULL) fputs("END\n", paths);
  const double mean = sum / ROLLOUTS, variance = (squares - sum * mean) / (ROLLOUTS - 1);
  printf("%-28s %10.4f %10.4f %10.4f\n", feedback ? "feedback" : "open loop", mean, sqrt(variance / ROLLOUTS), worst);
}

/* The LQR about the plan, with the same weights. Prints what it expects the feedback to cost. */
static traj_status predict(const traj_problem *problem, const traj_tracking *wishes, const traj_plan *plan) {
  static double A[STAGES][STATES * STATES], B[STAGES][STATES * CONTROLS];
  double Q[STATES * STATES] = {0}, Qf[STATES * STATES] = {0}, R[CONTROLS * CONTROLS] = {0},
                    Sigma[STATES * STATES] = {0};
  for (int k = 0; k < STAGES; k++) {
    const traj_point at = {.k = k, .x = plan->x + k * STATES, .u = plan->u + k * CONTROLS};
    jac(&at, &(traj_jac){.fx = A[k], .fu = B[k]}, NULL);
  }
  for (int i = 0; i < STATES; i++) {
    Q[i * (STATES + 1)] = wishes->Q[i];
    Qf[i * (STATES + 1)] = wishes->Qf[i];
    Sigma[i * (STATES + 1)] = NOISE[i] * NOISE[i];
  }
  for (int i = 0; i < CONTROLS; i++)
    R[i * (CONTROLS + 1)] = wishes->R[i];
  const traj_lqr_problem deviations = {.nx = STATES,
                                       .nu = CONTROLS,
                                       .N = STAGES,
                                       .dt = problem->dt,
                                       .A = {.data = A[0], .stride = STATES * STATES},
                                       .B = {.data = B[0], .stride = STATES * CONTROLS},
                                       .Q = {.data = Q},
                                       .R = {.data = R},
                                       .Q_N = Qf,
                                       .Sigma = {.data = Sigma}};
  traj_lqr *lqr;
  traj_diag diag;
  traj_status status = traj_lqr_create(&lqr, traj_heap(), &deviations, &diag);
  if (status != TRAJ_OK) return status;
  status = traj_lqr_factor(lqr, &diag);
  if (status == TRAJ_OK) {
    const traj_lqr_policy *policy = traj_lqr_get_policy(lqr);
    double difference = 0;
    for (int i = 0; i < STAGES * CONTROLS * STATES; i++)
      difference = fmax(difference, fabs(policy->K[i] - plan->K[i]));
    printf("%-28s %10.4f\n", "feedback, as LQR expects it", plan->cost + policy->constant[0]);
    printf("\nThe gains of the plan and of the LQR differ by at most %.1e.\n", difference);
  }
  traj_lqr_destroy(lqr);
  return status;
}

static void write_panel(FILE *file, const char *title, const char *data, const char *colour) {
  fprintf(file, "set title '%s' offset 0, -0.6\n", title);
  fprintf(file, "plot $%s with lines lw 1 lc rgb '#a0%s' title 'under noise', ", data, colour);
  fputs("$plan with lines lw 1.5 lc rgb '#222222' title 'plan'\n", file);
}

/* Everything but the drives, which are in the file already. */
static int finish_fan(FILE *file, const traj_plan *plan) {
  fputs("$plan << END\n", file);
  for (int k = 0; k <= STAGES; k++)
    fprintf(file, "%.4f %.4f\n", plan->x[k * STATES], plan->x[k * STATES + 1]);
  fputs("END\nreset\nset terminal pngcairo noenhanced size 1000, 660 font 'sans,10'\n", file);
  fputs("set output 'tracking_fan.png'\nset multiplot layout 2, 1\nset border 3 lc rgb '#555555'\n", file);
  fputs("set tics nomirror\nset grid lc rgb '#e0e0e0' lt 1\nset size ratio -1\nset key bottom left horizontal\n", file);
  fputs("set xrange [0:18]\nset yrange [-3:3]\nset xlabel 'x [m]' offset 0, 0.5\nset ylabel 'y [m]'\n", file);
  write_panel(file, "the controls of the plan alone", "open_loop", "d55e00");
  write_panel(file, "with the feedback of the plan", "feedback", "0072b2");
  fputs("unset multiplot\n", file);
  return fclose(file);
}

static void study(const traj_problem *problem, const traj_tracking *wishes, const traj_plan *plan, const char *dir) {
  FILE *fan = dir != NULL ? fopen("tracking_fan.gp", "w") : NULL;
  printf("\n%-28s %10s %10s %10s\n%-28s %10.4f\n", "", "mean cost", "std error", "worst", "without noise", plan->cost);
  compare(problem, plan, 0, fan);
  compare(problem, plan, 1, fan);
  if (predict(problem, wishes, plan) != TRAJ_OK) fputs("the LQR about the plan has failed\n", stderr);
  if (dir == NULL) return;

  const traj_plot labels = {.title = "Slalom",
                            .x_names = (const char *[]){"x [m]", "y [m]", "heading [rad]", "speed [m/s]"},
                            .u_names = (const char *[]){"acceleration [m/s²]", "yaw rate [rad/s]"}};
  if (fan == NULL || finish_fan(fan, plan) != 0 || traj_write_csv(plan, "tracking.csv") != TRAJ_OK ||
      traj_plot_plan(plan, &labels, "tracking") != TRAJ_OK)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot tracking.gp tracking_fan.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its scripts are %s/tracking*.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

static int run(const char *dir) {
  const double start[STATES] = {0, 0, atan(2 * PI * WIDTH / WAVE), SPEED};
  const double u_min[CONTROLS] = {-ACCELERATION, -YAW_RATE}, u_max[CONTROLS] = {ACCELERATION, YAW_RATE};
  static double reference[(STAGES + 1) * STATES]; /* heading is not asked for, so that its entries do not count */
  for (int k = 0; k <= STAGES; k++) {
    double *x = reference + k * STATES;
    x[0] = SPEED * STEP * k;
    x[1] = WIDTH * sin(2 * PI * x[0] / WAVE);
    x[3] = SPEED;
  }
  traj_tracking wishes = {.nx = STATES,
                          .nu = CONTROLS,
                          .Q = (const double[]){1, 1, 0, 0.02},
                          .R = (const double[]){0.1, 0.1},
                          .Qf = (const double[]){20, 20, 0, 0.5},
                          .x_ref = reference,
                          .x_stride = STATES};
  const traj_problem problem = {.N = STAGES,
                                .dt = STEP,
                                .model = {.nx = STATES, .nu = CONTROLS, .step = step, .jac = jac},
                                .cost = traj_tracking_cost(&wishes),
                                .u_min = u_min,
                                .u_max = u_max};
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.run.max_iter = MAX_ITERATIONS;
  settings.run.iteration = traj_print_iteration;

  traj_ddp *solver;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), &problem, &settings, &diag) != TRAJ_OK) return complain("create", &diag);
  traj_status status = traj_ddp_solve(solver, 0, start);
  /* The plan is the guess now: derivatives are checked at every stage of the slalom. */
  if (status == TRAJ_OK) status = traj_ddp_check_derivatives(solver, 0, start, NULL);
  if (status < 0) {
    complain("solve", &traj_ddp_get_stats(solver)->diag);
  } else {
    printf("%s: cost %.9g\n", traj_status_name(status), traj_ddp_plan(solver)->cost);
    study(&problem, &wishes, traj_ddp_plan(solver), dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: tracking [--plot DIR]\nFollows a plan under noise. DIR receives a CSV file and plots.\n";
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
