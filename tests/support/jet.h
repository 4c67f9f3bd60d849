/* Numbers that carry their first and second derivatives: a function written once in jets has exact derivatives. */
#ifndef SUPPORT_JET_H
#define SUPPORT_JET_H

enum { JET_MOST = 4, JET_PAIRS = JET_MOST * (JET_MOST + 1) / 2 };

typedef struct jet {
  int n;               /* variables, at most JET_MOST; 0: a plain number */
  double v;            /* value */
  double g[JET_MOST];  /* first derivatives */
  double h[JET_PAIRS]; /* second derivatives, see jet_second */
} jet;

jet jet_constant(double v);

/* The i-th of n variables; a plain number when n is 0. */
jet jet_variable(int n, int i, double v);

/* Second derivative by variables i and j. */
double jet_second(jet a, int i, int j);

jet jet_add(jet a, jet b);
jet jet_sub(jet a, jet b);
jet jet_mul(jet a, jet b);
jet jet_scale(double c, jet a);
jet jet_shift(jet a, double c);

jet jet_inverse(jet a);
jet jet_sin(jet a);
jet jet_cos(jet a);
jet jet_exp(jet a);
jet jet_log(jet a);
jet jet_sqrt(jet a);
jet jet_tanh(jet a);
jet jet_atan(jet a);

#endif
