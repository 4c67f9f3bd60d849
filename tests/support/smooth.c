#include "support/smooth.h"

#include <stddef.h>
#include <string.h>

static jet square(jet a) {
  return jet_mul(a, a);
}

static jet sum3(const jet *y, double a, double b, double c) {
  return jet_add(jet_add(jet_scale(a, y[0]), jet_scale(b, y[1])), jet_scale(c, y[2]));
}

/* The arguments of the functions of one variable: each coordinate has a part in it. */
static jet mixed(const jet *y) {
  return sum3(y, 1, 0.5, -0.25);
}

static jet g_constant(const jet *y) {
  (void)y;
  return jet_constant(3);
}

static jet g_coordinate(const jet *y) {
  return y[0];
}

static jet g_linear(const jet *y) {
  return sum3(y, 3, -2, 1e-3);
}

static jet g_square(const jet *y) {
  return square(y[0]);
}

static jet g_cubic(const jet *y) {
  return jet_add(jet_mul(y[0], square(y[0])), jet_scale(-2, square(y[1])));
}

static jet g_quartic(const jet *y) {
  return jet_sub(square(square(mixed(y))), jet_scale(2, square(y[1])));
}

static jet g_eighth(const jet *y) {
  return square(square(square(mixed(y))));
}

static jet g_bilinear(const jet *y) {
  return jet_mul(y[0], y[1]);
}

static jet g_triple(const jet *y) {
  return jet_mul(jet_mul(y[0], y[1]), y[2]);
}

static jet g_sin(const jet *y) {
  return jet_sin(mixed(y));
}

static jet g_cos(const jet *y) {
  return jet_cos(y[0]);
}

static jet g_fast_sin(const jet *y) {
  return jet_sin(jet_scale(10, mixed(y)));
}

static jet g_sin_cos(const jet *y) {
  return jet_mul(jet_sin(y[0]), jet_cos(y[1]));
}

static jet g_exp(const jet *y) {
  return jet_exp(mixed(y));
}

static jet g_tanh(const jet *y) {
  return jet_tanh(mixed(y));
}

static jet g_lorentz(const jet *y) {
  return jet_inverse(jet_shift(square(mixed(y)), 1));
}

static jet g_bump(const jet *y) {
  return jet_exp(jet_scale(-1, square(mixed(y))));
}

static jet g_bump_off_centre(const jet *y) {
  return jet_exp(jet_scale(-1, square(jet_shift(mixed(y), -2))));
}

static jet g_slope_and_bump(const jet *y) {
  return jet_add(y[0], jet_exp(jet_scale(-1, square(jet_shift(mixed(y), -1)))));
}

static jet g_sqrt(const jet *y) {
  return jet_sqrt(mixed(y));
}

static jet g_sqrt_at_edge(const jet *y) {
  return jet_sqrt(jet_shift(square(y[0]), 1e-3));
}

static jet g_sqrt_near_edge(const jet *y) {
  return jet_sqrt(jet_shift(mixed(y), 1e-3));
}

static jet g_log(const jet *y) {
  return jet_log(mixed(y));
}

static jet g_log_near_edge(const jet *y) {
  return jet_log(jet_shift(mixed(y), 1e-3));
}

static jet g_norm(const jet *y) {
  return jet_sqrt(jet_shift(jet_add(square(y[0]), jet_add(square(y[1]), square(y[2]))), 1));
}

static jet g_softplus(const jet *y) {
  return jet_log(jet_shift(jet_exp(mixed(y)), 1));
}

static jet g_logistic(const jet *y) {
  return jet_inverse(jet_shift(jet_exp(jet_scale(-1, mixed(y))), 1));
}

static jet g_atan(const jet *y) {
  return jet_mul(jet_atan(mixed(y)), y[1]);
}

static jet g_ratio(const jet *y) {
  return jet_mul(y[0], jet_inverse(jet_shift(square(y[1]), 2)));
}

static jet g_oscillator(const jet *y) {
  return jet_mul(jet_exp(jet_scale(-0.1, square(y[1]))), jet_sin(jet_scale(3, y[0])));
}

static jet g_circle(const jet *y) {
  return jet_add(square(jet_sin(y[0])), square(jet_cos(y[0])));
}

static jet g_exp_less_linear(const jet *y) {
  return jet_sub(jet_exp(mixed(y)), jet_shift(mixed(y), 1));
}

static jet g_cancelling(const jet *y) {
  return jet_shift(jet_shift(jet_sin(mixed(y)), 1e4), -1e4);
}

static jet g_cancelling_coordinates(const jet *y) {
  return jet_add(jet_sub(jet_scale(1e3, jet_shift(y[0], 1)), jet_scale(1e3, jet_shift(y[0], 1))), y[1]);
}

static jet g_offset(const jet *y) {
  return jet_shift(jet_sin(mixed(y)), 1e3);
}

static jet g_large_offset(const jet *y) {
  return jet_shift(jet_sin(mixed(y)), 1e8);
}

static const smooth list[] = {
    {"constant", g_constant, 0},
    {"coordinate", g_coordinate, 0},
    {"linear", g_linear, 0},
    {"square", g_square, 0},
    {"cubic", g_cubic, 0},
    {"quartic", g_quartic, 0},
    {"eighth power", g_eighth, 0},
    {"bilinear", g_bilinear, 0},
    {"triple product", g_triple, 0},
    {"sin", g_sin, 0},
    {"cos", g_cos, 0},
    {"fast sin", g_fast_sin, 0},
    {"sin times cos", g_sin_cos, 0},
    {"exp", g_exp, 0},
    {"tanh", g_tanh, 0},
    {"1 / (1 + y^2)", g_lorentz, 0},
    {"bump", g_bump, 0},
    {"bump off centre", g_bump_off_centre, 0},
    {"slope and bump", g_slope_and_bump, 0},
    {"sqrt", g_sqrt, 0},
    {"sqrt at edge", g_sqrt_at_edge, 0},
    {"sqrt near edge", g_sqrt_near_edge, 0},
    {"log", g_log, 0},
    {"log near edge", g_log_near_edge, 0},
    {"norm", g_norm, 0},
    {"softplus", g_softplus, 0},
    {"logistic", g_logistic, 0},
    {"atan", g_atan, 0},
    {"ratio", g_ratio, 0},
    {"oscillator", g_oscillator, 0},
    {"sin^2 + cos^2", g_circle, 1},
    {"exp less linear", g_exp_less_linear, 1},
    {"cancelling", g_cancelling, 1e4},
    {"cancelling coordinates", g_cancelling_coordinates, 1e3},
    {"offset", g_offset, 1e3},
    {"large offset", g_large_offset, 1e8},
};

enum { COUNT = sizeof list / sizeof *list };

const smooth *smooth_list(int i) {
  return i >= 0 && i < COUNT ? &list[i] : NULL;
}

const smooth *smooth_find(const char *name) {
  for (int i = 0; i < COUNT; i++)
    if (strcmp(list[i].name, name) == 0) return &list[i];
  return NULL;
}

jet smooth_at(const scaled *f, int n, const double *z) {
  jet y[SMOOTH_NZ];
  for (int i = 0; i < SMOOTH_NZ; i++)
    y[i] = jet_scale(1 / f->s, jet_variable(n, i, z[i]));
  return jet_scale(f->S, f->f->g(y));
}
