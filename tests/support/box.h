/* A stage problem within limits, and its minimum by trying all faces of the box: the oracle of core/boxqp. */
#ifndef SUPPORT_BOX_H
#define SUPPORT_BOX_H

#include <stdbool.h>

enum { BOX_MOST = 12, BOX_X = 3 };

/* minimise 1/2 d'(H + damping I)d + g'd within the limits, and the coupling with the state. */
typedef struct box {
  int nu;
  double H[BOX_MOST * BOX_MOST], g[BOX_MOST], damping, lower[BOX_MOST], upper[BOX_MOST], coupling[BOX_MOST * BOX_X];
} box;

/* An entry of H + damping I; of H the lower triangle is read. */
long double box_entry(const box *b, int i, int j);

/* Row i of (H + damping I) d + g; size: sum of its terms' sizes. */
long double box_gradient(const box *b, const double *d, int i, long double *size);

/* Solves the rows and columns of the free controls in place by elimination, for one right-hand side; those of the
 * others become 0. */
void box_eliminate(const box *b, const bool *is_free, long double *rhs);

/* The minimum within the limits; fails when no face has one. */
void box_best_of_faces(const box *b, double *best);

#endif
