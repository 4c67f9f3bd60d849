/* Closed loop without a heap: solver and snapshot live in static memory, whose size is checked before it is used.
 *
 * A crane carries a load to a place that changes on the way, and the load must not swing. Each tick solves anew from
 * where the last solve ended, and hands a snapshot of the plan to the loop that drives the motor, ten times as fast. On
 * a machine that loop is another thread, and the snapshot lets it run while the next solve is under way.
 *
 * Nothing here needs traj/extra.h. Derivatives are left to finite differences. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traj/traj.h>
#include <unistd.h>

static const double ROPE = 2.0;         /* m */
static const double GRAVITY = 9.81;     /* m/s^2 */
static const double DAMPING = 0.1;      /* 1/s, of the swing */
static const double ACCELERATION = 1.5; /* m/s^2, the limit */
static const double TICK = 0.1;         /* s, from solve to solve */
static const double GUST = 0.5;         /* rad/s, suddenly */
enum { STAGES = 40, STATES = 4, TICKS = 150, GUST_TICK = 110, FAST = 10, TICKS_PER_ROW = 5 };

/* Enough for this problem; what it takes is printed. Any alignment will do. */
static unsigned char solver_block[192 * 1024], snapshot_block[16 * 1024];

/* State: position of the trolley, angle of the rope, and their rates. Control: acceleration of the trolley. */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double *x = at->x;
  (void)user;
  dxdt[0] = x[2];
  dxdt[1] = x[3];
  dxdt[2] = at->u[0];
  dxdt[3] = -(GRAVITY * sin(x[1]) + at->u[0] * cos(x[1])) / ROPE - DAMPING * x[3];
  return 0;
}

/* Where the load shall be, in metres. */
static double target_at(int tick) {
  return tick < 10 ? 0 : tick < 60 ? 4 : 1.5;
}

/* A tick of the motor loop: it asks the snapshot for a control, and the crane moves a little. */
static void drive(const traj_plan *snapshot, int tick, double *x, FILE *log) {
  const double dt = TICK / FAST;
  for (int i = 0; i < FAST; i++) {
    const double t = tick * TICK + i * dt;
    double u, dxdt[STATES];
    traj_plan_action(snapshot, t, x, &u, NULL);
    if (log != NULL) fprintf(log, "%.4f %.6f %.6f %.6f %g\n", t, x[0], x[1], u, target_at(tick));
    ode(&(traj_point){.t = t, .x = x, .u = &u}, dxdt, NULL);
    for (int j = 2; j < STATES; j++) {
      x[j] += dt * dxdt[j];
      x[j - 2] += dt * x[j];
    }
  }
}

/* Returns how many ticks had no plan that had converged. target is what the cost refers to: it may change at any time
 * between solves. */
static int close_the_loop(traj_ddp *solver, double *target, FILE *log) {
  double x[STATES] = {0};
  int failures = 0;
  printf("%6s %8s %10s %10s %10s %6s %12s  %s\n", "time s", "target m", "trolley m", "angle rad", "u m/s^2", "iter",
         "cost", "status");
  for (int tick = 0; tick < TICKS; tick++) {
    const traj_plan *plan, *snapshot;
    target[0] = target_at(tick);
    if (tick == GUST_TICK) x[3] += GUST;
    const traj_status status = traj_ddp_solve(solver, tick * TICK, x);
    if (status < 0) return TICKS - tick;
    plan = traj_ddp_plan(solver);
    if (traj_plan_copy(&snapshot, plan, snapshot_block, sizeof snapshot_block) != TRAJ_OK) return TICKS - tick;
    if (tick % TICKS_PER_ROW == 0)
      printf("%6.1f %8.1f %10.4f %10.4f %10.4f %6d %12.4e  %s\n", plan->t[0], target[0], x[0], x[1], plan->u[0],
             traj_ddp_get_stats(solver)->iterations, plan->cost, traj_status_name(status));
    /* From here on plan is no longer valid, but its snapshot is. The next solve begins one stage later. */
    traj_ddp_shift(solver, 1);
    drive(snapshot, tick, x, log);
    failures += status != TRAJ_OK;
  }
  return failures;
}

static void begin_plot(FILE *file) {
  fputs("reset\nset terminal pngcairo noenhanced size 900, 640 font 'sans,10'\n", file);
  fputs("set output 'static_memory.png'\n$loop << END\n", file);
}

static int end_plot(FILE *file) {
  fputs("END\nset multiplot layout 3, 1 title 'Crane in closed loop, pushed by a gust' font ',13'\n", file);
  fputs("set lmargin 11\nset border 3 lc rgb '#555555'\nset tics nomirror\nset grid lc rgb '#e0e0e0' lt 1\n", file);
  fprintf(file, "set xrange [0:%g]\nset key at graph 1, graph 1 bottom right horizontal\n", TICKS * TICK);
  fputs("set ylabel 'trolley [m]'\nset yrange [-0.5:5]\nset ytics 1\n", file);
  fputs("plot $loop using 1:2 with lines lw 2 lc rgb '#0072b2' notitle, \\\n", file);
  fputs("  $loop using 1:5 with steps lw 1.5 dt (3, 4) lc rgb '#009e73' title 'target'\n", file);
  fputs("set ylabel 'angle [rad]'\nset yrange [-0.35:0.35]\nset ytics 0.2\n", file);
  fputs("plot $loop using 1:3 with lines lw 2 lc rgb '#0072b2' notitle\n", file);
  fputs("set ylabel 'acceleration [m/s²]'\nset xlabel 'time [s]'\nset yrange [-2:2]\nset ytics 1\n", file);
  fputs("plot $loop using 1:4 with steps lw 2 lc rgb '#0072b2' notitle, \\\n", file);
  fprintf(file, "  %g lw 1.5 dt (8, 5) lc rgb '#d55e00' title 'limit', %g lw 1.5 dt (8, 5) lc rgb '#d55e00' notitle\n",
          ACCELERATION, -ACCELERATION);
  fputs("unset multiplot\n", file);
  return fclose(file);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

static int run(const char *dir) {
  const double u_min = -ACCELERATION, u_max = ACCELERATION;
  double target[STATES] = {0};
  traj_tracking wishes = {.nx = STATES,
                          .nu = 1,
                          .Q = (const double[]){1, 3, 0.3, 1},
                          .R = (const double[]){0.05},
                          .Qf = (const double[]){50, 50, 50, 20},
                          .x_ref = target};
  const traj_problem problem = {.N = STAGES,
                                .dt = TICK,
                                .model = {.nx = STATES, .nu = 1, .ode = ode},
                                .cost = traj_tracking_cost(&wishes),
                                .u_min = &u_min,
                                .u_max = &u_max};
  traj_ddp *solver;
  traj_diag diag;
  size_t size;
  if (traj_ddp_size(&problem, NULL, &size, &diag) != TRAJ_OK) return complain("size", &diag);
  printf("The solver takes %zu of %zu bytes.\n", size, sizeof solver_block);
  if (traj_ddp_init(&solver, solver_block, sizeof solver_block, &problem, NULL, &diag) != TRAJ_OK)
    return complain("init", &diag);

  FILE *log = dir != NULL ? fopen("static_memory.gp", "w") : NULL;
  if (log != NULL) begin_plot(log);
  const int failures = close_the_loop(solver, target, log);
  if (traj_ddp_get_stats(solver)->status < 0) complain("solve", &traj_ddp_get_stats(solver)->diag);
  printf("A snapshot takes %zu of %zu bytes. %d of %d ticks failed.\n", traj_plan_size(traj_ddp_plan(solver)),
         sizeof snapshot_block, failures, TICKS);
  if (dir != NULL && (log == NULL || end_plot(log) != 0)) fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (dir != NULL && system("gnuplot static_memory.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its script is %s/static_memory.gp\n", dir);
  return failures == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage = "usage: static_memory [--plot DIR]\nSteers a crane without a heap. DIR receives a plot.\n";
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
