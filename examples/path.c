/* A quadrotor is flown from a geometric path: a few way points round two walls, as a planner on a map gives them. No
 * guess of the controls is known that leads round the walls, and from hovering a solve ends in the middle of one.
 *
 * The path has positions and headings. Velocities are differences of the positions; tilt, body rates and thrusts are
 * left out. What is missing between such states is made up for by traj_ddp_guess_states(), as part of the solve. */
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
static const double DURATION = 4.0;                       /* s */
static const double CLEARANCE = 0.4, SOFTNESS = 0.05;     /* m, from the walls */
enum { STAGES = 100, STATES = 13, DISPLACEMENTS = 12, ROTORS = 4, MAX_ITERATIONS = 300 };
enum { P = 0, Q = 3, V = 7, W = 10 }; /* where position, quaternion (w, x, y, z), velocity and body rates begin */

/* x, y of both ends, from the floor to the ceiling */
static const double walls[][4] = {{2.0, -2.0, 2.0, 0.9}, {4.0, -0.9, 4.0, 2.0}};
static const double way[][3] = {{0, 0, 1}, {2, 1.5, 1.2}, {4, -1.5, 1.2}, {6, 0, 1}};
enum { WALLS = sizeof walls / sizeof *walls, LEGS = sizeof way / sizeof *way - 1 };

static const traj_part parts[] = {{TRAJ_FLAT, 3}, {TRAJ_QUATERNION, 1}, {TRAJ_FLAT, 6}, {0}};

/* Torques about the axes of the body per thrust of each rotor. */
static const double torque[3][ROTORS] = {
    {ARM, ARM, -ARM, -ARM}, {-ARM, ARM, ARM, -ARM}, {-TWIST, TWIST, -TWIST, TWIST}};

/* p' = v,  q' = q (0, w) / 2,  m v' = thrust up - m g,  J w' = torques - w x J w */
static int ode(const traj_point *at, double *dxdt, void *user) {
  const double *q = at->x + Q, *w = at->x + W, *u = at->u, *J = INERTIA, thrust = u[0] + u[1] + u[2] + u[3];
  const double up[3] = {2 * (q[1] * q[3] + q[0] * q[2]), 2 * (q[2] * q[3] - q[0] * q[1]),
                        q[0] * q[0] - q[1] * q[1] - q[2] * q[2] + q[3] * q[3]};
  (void)user;
  dxdt[Q] = -0.5 * (q[1] * w[0] + q[2] * w[1] + q[3] * w[2]);
  for (int i = 0; i < 3; i++) {
    const int j = (i + 1) % 3, k = (i + 2) % 3;
    const double *t = torque[i];
    dxdt[P + i] = at->x[V + i];
    dxdt[Q + 1 + i] = 0.5 * (q[0] * w[i] + q[1 + j] * w[k] - q[1 + k] * w[j]);
    dxdt[V + i] = thrust / MASS * up[i] - (i == 2 ? GRAVITY : 0);
    dxdt[W + i] = (t[0] * u[0] + t[1] * u[1] + t[2] * u[2] + t[3] * u[3] + (J[j] - J[k]) * w[j] * w[k]) / J[i];
  }
  return 0;
}

/* How far a place is from a wall. */
static double distance(const double *wall, const double *p) {
  const double along[2] = {wall[2] - wall[0], wall[3] - wall[1]}, to[2] = {p[0] - wall[0], p[1] - wall[1]};
  const double share = (to[0] * along[0] + to[1] * along[1]) / (along[0] * along[0] + along[1] * along[1]);
  const double nearest = fmax(0, fmin(1, share));
  return hypot(to[0] - nearest * along[0], to[1] - nearest * along[1]);
}

/* Little thrust beyond what hovering takes, little turning; ahead as on the path, and away from the walls: max(0,
 * CLEARANCE - distance), but smooth. */
static int stage(const traj_point *at, double *r, void *user) {
  const double *x = at->x, *q = x + Q, *heading = (const double *)user + at->k;
  const double ahead[2] = {q[0] * q[0] + q[1] * q[1] - q[2] * q[2] - q[3] * q[3], 2 * (q[1] * q[2] + q[0] * q[3])};
  for (int i = 0; i < ROTORS; i++)
    *r++ = 0.1 * (at->u[i] - MASS * GRAVITY / ROTORS);
  for (int i = 0; i < 3; i++)
    *r++ = 0.05 * x[W + i];
  *r++ = 0.2 * (ahead[1] * cos(*heading) - ahead[0] * sin(*heading));
  for (int i = 0; i < WALLS; i++)
    *r++ = 20 * SOFTNESS * log1p(exp((CLEARANCE - distance(walls[i], x + P)) / SOFTNESS));
  return 0;
}
enum { RESIDUALS = ROTORS + 3 + 1 + WALLS };

/* At rest and level at the last way point. */
static int final(const traj_point *at, double *r, void *user) {
  const double *heading = (const double *)user + STAGES;
  const double level[STATES] = {way[LEGS][0], way[LEGS][1], way[LEGS][2], cos(*heading / 2), 0, 0, sin(*heading / 2)};
  traj_manifold_difference(level, at->x, r, (void *)parts);
  for (int i = 0; i < DISPLACEMENTS; i++)
    r[i] *= i < 6 ? 10 : 2;
  return 0;
}

/* The path at equal distances: positions, velocities, level attitudes. */
static void follow(double *x, double *heading) {
  double length[LEGS], whole = 0;
  for (int leg = 0; leg < LEGS; leg++) {
    const double *a = way[leg], *b = way[leg + 1];
    length[leg] = sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]) + (b[2] - a[2]) * (b[2] - a[2]));
    whole += length[leg];
  }
  int leg = 0;
  double behind = 0;
  for (int k = 0; k <= STAGES; k++, x += STATES) {
    const double gone = whole * k / STAGES;
    while (leg < LEGS - 1 && gone > behind + length[leg])
      behind += length[leg++];
    const double *a = way[leg], *b = way[leg + 1];
    heading[k] = atan2(b[1] - a[1], b[0] - a[0]);
    memset(x, 0, STATES * sizeof *x);
    for (int i = 0; i < 3; i++) {
      x[P + i] = a[i] + (b[i] - a[i]) * (gone - behind) / length[leg];
      x[V + i] = (b[i] - a[i]) / length[leg] * whole / DURATION;
    }
    x[Q] = cos(heading[k] / 2);
    x[Q + 3] = sin(heading[k] / 2);
  }
}

static double nearest(const traj_plan *plan) {
  double least = INFINITY;
  for (int k = 0; k <= STAGES; k++)
    for (int i = 0; i < WALLS; i++)
      least = fmin(least, distance(walls[i], plan->x + k * STATES + P));
  return least;
}

static void write_states(FILE *file, const char *name, const double *x) {
  fprintf(file, "$%s << END\n", name);
  for (int k = 0; k <= STAGES; k++, x += STATES) {
    const double *v = x + V;
    fprintf(file, "%g %.4f %.4f %.4f\n", k * DURATION / STAGES, x[P], x[P + 1],
            sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]));
  }
  fputs("END\n", file);
}

/* The quadrotor from above: four discs, tilted as it is, and a line to where it looks. */
static void write_pose(FILE *file, const double *x, const char *look) {
  enum { CORNERS = 20 };
  const double *q = x + Q, *p = x + P, radius = 0.095, step = 6.283185307179586 / CORNERS;
  const double ahead[2] = {q[0] * q[0] + q[1] * q[1] - q[2] * q[2] - q[3] * q[3], 2 * (q[1] * q[2] + q[0] * q[3])};
  const double left[2] = {2 * (q[1] * q[2] - q[0] * q[3]), q[0] * q[0] - q[1] * q[1] + q[2] * q[2] - q[3] * q[3]};
  for (int r = 0; r < ROTORS; r++) {
    for (int i = 0; i <= CORNERS; i++) {
      const double a = -torque[1][r] + radius * cos(i * step), b = torque[0][r] + radius * sin(i * step);
      fprintf(file, "%s%.4f,%.4f", i == 0 ? "set object polygon from " : " to ", p[0] + a * ahead[0] + b * left[0],
              p[1] + a * ahead[1] + b * left[1]);
    }
    fprintf(file, " %s\n", look);
  }
  fprintf(file, "set arrow from %.4f,%.4f to %.4f,%.4f nohead lw 3 lc rgb '#333333' front\n", p[0], p[1],
          p[0] + 0.22 * ahead[0], p[1] + 0.22 * ahead[1]);
}

/* Walls, path and flights from above; below the speeds of path and flight. */
static void write_picture(FILE *file, const double *path, const double *blind, const traj_plan *plan) {
  const char *lost = "fs transparent solid 0.3 noborder fc rgb '#d55e00' front";
  const char *flown = "fs transparent solid 0.6 border lc rgb '#004488' fc rgb '#0072b2' front";
  write_states(file, "path", path);
  write_states(file, "blind", blind);
  write_states(file, "flown", plan->x);
  fputs("reset\nset terminal pngcairo noenhanced size 1100, 880 font 'sans,11'\nset output 'path_flight.png'\n", file);
  fputs("set multiplot\nset border 3 lc rgb '#555555'\nset tics nomirror\nset grid lc rgb '#e0e0e0' lt 1\n", file);
  fputs("set margins screen 0.06, screen 0.98, screen 0.27, screen 0.98\nset size ratio -1\n", file);
  fputs("set xrange [-0.5:6.5]\nset yrange [-2.27:2.05]\nset xlabel 'x [m]'\nset ylabel 'y [m]'\n", file);
  fputs("set key bottom left opaque\n", file);
  for (int i = 0; i < WALLS; i++)
    fprintf(file, "set arrow from %g,%g to %g,%g nohead lw 9 lc rgb '#777777' back\n", walls[i][0], walls[i][1],
            walls[i][2], walls[i][3]);
  for (int k = 0; k <= STAGES; k += STAGES / 10) {
    write_pose(file, blind + k * STATES, lost);
    write_pose(file, plan->x + k * STATES, flown);
  }
  fputs(
      "plot $path using 2:3 with linespoints pt 7 ps 0.3 lc rgb '#999999' title 'path, the guess of the states', \\\n",
      file);
  fputs("  $blind using 2:3 with lines lw 2 lc rgb '#d55e00' title 'from hovering', \\\n", file);
  fputs("  $flown using 2:3 with lines lw 2 lc rgb '#0072b2' title 'from the path'\n", file);
  fputs("unset object\nunset arrow\nunset key\nset size noratio\nset xlabel 'time [s]'\nset ylabel 'speed [m/s]'\n",
        file);
  fprintf(file, "set margins screen 0.06, screen 0.98, screen 0.06, screen 0.2\nset xrange [0:%g]\n", DURATION);
  fputs("set yrange [0:*]\nplot $path using 1:4 with lines lw 2 dt 2 lc rgb '#999999', \\\n", file);
  fputs("  $flown using 1:4 with lines lw 2 lc rgb '#0072b2'\n", file);
  fputs("unset multiplot\n", file);
}

static void plot(const double *path, const double *blind, const traj_plan *plan, const char *dir) {
  const traj_plot labels = {
      .title = "A quadrotor round two walls",
      .x_names = (const char *[]){"x [m]", "y [m]", "z [m]", "q w", "q x", "q y", "q z", "dx/dt [m/s]", "dy/dt [m/s]",
                                  "dz/dt [m/s]", "roll rate [rad/s]", "pitch rate [rad/s]", "yaw rate [rad/s]"},
      .u_names = (const char *[]){"thrust 1 [N]", "thrust 2 [N]", "thrust 3 [N]", "thrust 4 [N]"}};
  FILE *file = fopen("path_flight.gp", "w");
  if (file != NULL) write_picture(file, path, blind, plan);
  if (file == NULL || fclose(file) != 0 || traj_write_csv(plan, "path.csv") != TRAJ_OK ||
      traj_plot_plan(plan, &labels, "path") != TRAJ_OK)
    fprintf(stderr, "a file cannot be written to %s\n", dir);
  if (system("gnuplot path.gp path_flight.gp") != 0)
    fprintf(stderr, "gnuplot is absent or has failed; its scripts are %s/path*.gp\n", dir);
}

static int complain(const char *what, const traj_diag *diag) {
  char text[256];
  traj_diag_text(diag, text, sizeof text);
  fprintf(stderr, "%s: %s\n", what, text);
  return 1;
}

/* From hovering, then from the path with hovering. The first plan is kept as its states, for comparison. */
static traj_status solve(traj_ddp *solver, const double *path, double *blind) {
  const traj_ddp_stats *stats = traj_ddp_get_stats(solver);
  double hover[STAGES * ROTORS];
  for (int i = 0; i < STAGES * ROTORS; i++)
    hover[i] = MASS * GRAVITY / ROTORS;
  for (int known = 0; known < 2; known++) {
    puts(known ? "\nfrom the path" : "from hovering");
    traj_status status = known ? traj_ddp_guess_states(solver, path, hover) : traj_ddp_guess(solver, hover);
    if (status == TRAJ_OK) status = traj_ddp_solve(solver, 0, path);
    if (status < 0) return status;
    const traj_plan *plan = traj_ddp_plan(solver);
    const double *end = plan->x + STAGES * STATES;
    printf("%s after %d iterations: cost %.4g, ends at %.2f, %.2f, %.2f m, %.2f m from a wall at the least\n",
           traj_status_name(status), stats->iterations, plan->cost, end[P], end[P + 1], end[P + 2], nearest(plan));
    if (!known) memcpy(blind, plan->x, (STAGES + 1) * STATES * sizeof *blind);
  }
  return stats->status;
}

static int run(const char *dir) {
  const double least[ROTORS] = {LEAST, LEAST, LEAST, LEAST}, most[ROTORS] = {MOST, MOST, MOST, MOST};
  double path[(STAGES + 1) * STATES], blind[(STAGES + 1) * STATES], heading[STAGES + 1];
  follow(path, heading);
  memset(path + V, 0, 3 * sizeof *path); /* the first state is where the flight starts: at rest */
  const traj_problem problem = {
      .N = STAGES,
      .dt = DURATION / STAGES,
      .model = {.nx = STATES, .ndx = DISPLACEMENTS, .nu = ROTORS, .ode = ode, .parts = parts},
      .cost = {.nr = RESIDUALS, .residual = stage, .nr_final = DISPLACEMENTS, .final_residual = final, .user = heading},
      .u_min = least,
      .u_max = most};
  traj_ddp_settings settings;
  traj_ddp_defaults(&settings);
  settings.run.max_iter = MAX_ITERATIONS;
  settings.run.iteration = traj_print_iteration;

  traj_ddp *solver;
  traj_diag diag;
  if (traj_ddp_create(&solver, traj_heap(), &problem, &settings, &diag) != TRAJ_OK) return complain("create", &diag);
  traj_status status = solve(solver, path, blind);
  if (status < 0) {
    complain("solve", &traj_ddp_get_stats(solver)->diag);
  } else if (dir != NULL) {
    plot(path, blind, traj_ddp_plan(solver), dir);
  }
  traj_ddp_destroy(solver);
  return status == TRAJ_OK ? 0 : 1;
}

int main(int argc, char **argv) {
  const char *usage =
      "usage: path [--plot DIR]\nFlies a quadrotor round two walls. DIR receives a CSV file and plots.\n";
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
