/* What all gnuplot scripts have in common. */
#ifndef TJ_EXTRA_SCRIPT_H
#define TJ_EXTRA_SCRIPT_H

#include <stdbool.h>

#include "extra/file.h"

/* A script that draws one picture of several panels. */
typedef struct tj_script {
  const char *stem;  /* the script is STEM.gp, the picture STEM.png */
  const char *title; /* nullable */
  int width, height; /* of the picture in pixels */
  tj_writer *data;   /* writes the lines of the data block $data */
  tj_writer *panels; /* writes the panels */
  const void *what;  /* passed to both */
} tj_script;

/* The numbers that a panel has to show. */
typedef struct tj_range {
  double least, most;
} tj_range;

/* The frame of a panel in pixels from the upper left corner of the picture, and what stands at its axes. */
typedef struct tj_panel {
  int left, top, width, height;
  const char *x_label, *y_label;
  tj_range y;       /* its scale has some room above and below */
  bool logarithmic; /* y is positive and spans a power of ten */
} tj_panel;

/* Returns TRAJ_OK, TRAJ_E_ARG (a stem that gnuplot could misread, or that is too long) or TRAJ_E_FILE. */
traj_status tj_write_script(const tj_script *script);

/* The range of nothing yet, and with one number more; what is not finite does not count. */
tj_range tj_range_empty(void);
tj_range tj_range_with(tj_range range, double number);

/* Puts the next panel in its place. */
void tj_put_panel(FILE *file, tj_panel panel);

/* Writes text as an expression that gnuplot takes literally; control characters become blanks. */
void tj_put_quoted(FILE *file, const char *text);

/* A number of the data; what is not finite becomes a gap. */
void tj_put_number(FILE *file, double number);

#endif
