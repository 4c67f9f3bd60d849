#include "extra/script.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

enum { LONGEST_PATH = 4096 };

/* Single quotes keep everything but themselves. A quote goes into a string of its own, because gnuplot 5.4 misreads a
 * doubled one at the beginning. */
void tj_put_quoted(FILE *file, const char *text) {
  fputc('\'', file);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '\'') {
      fputs("'.\"'\".'", file);
    } else {
      fputc(iscntrl((unsigned char)*c) ? ' ' : *c, file);
    }
  }
  fputc('\'', file);
}

void tj_put_number(FILE *file, double number) {
  if (isfinite(number)) {
    fprintf(file, " %.9g", number);
  } else {
    fputs(" NaN", file);
  }
}

tj_range tj_range_empty(void) {
  return (tj_range){.least = INFINITY, .most = -INFINITY};
}

tj_range tj_range_with(tj_range range, double number) {
  if (!isfinite(number)) return range;
  return (tj_range){.least = fmin(range.least, number), .most = fmax(range.most, number)};
}

/* gnuplot warns of empty ranges, so that it is not left alone with constants. */
static tj_range with_room(tj_range y, bool logarithmic) {
  if (!(y.least <= y.most)) y = (tj_range){0, 1};
  if (logarithmic) {
    double factor = pow(y.most / y.least, 0.08);
    return (tj_range){y.least / factor, y.most * factor};
  }
  double room = y.least < y.most ? 0.08 * (y.most - y.least) : fmax(1, 0.1 * fabs(y.most));
  return (tj_range){y.least - room, y.most + room};
}

/* Few powers of ten are helped out with their multiples by two and five. */
static void put_logarithmic_tics(FILE *file, tj_range y) {
  if (y.most >= 1e3 * y.least) {
    fputs("set format y '%.0e'\nset ytics autofreq\n", file);
    return;
  }
  const double multiples[3] = {1, 2, 5};
  const int last = (int)floor(log10(y.most));
  const char *separator = "";
  fputs("set format y '%g'\nset ytics (", file);
  for (int exponent = (int)floor(log10(y.least)); exponent <= last; exponent++) {
    for (int i = 0; i < 3; i++) {
      double tic = multiples[i] * pow(10, exponent);
      if (tic < y.least || tic > y.most) continue;
      fprintf(file, "%s%g", separator, tic);
      separator = ", ";
    }
  }
  fputs(")\n", file);
}

static void put_scale(FILE *file, const tj_panel *panel) {
  tj_range y = with_room(panel->y, panel->logarithmic);
  fprintf(file, "unset logscale y\nset yrange [%.9g:%.9g]\n", y.least, y.most);
  if (panel->logarithmic) {
    fputs("set logscale y\nunset mytics\n", file);
    put_logarithmic_tics(file, y);
  } else {
    fputs("set format y '%g'\nset ytics autofreq\n", file);
  }
}

void tj_put_panel(FILE *file, tj_panel panel) {
  enum { LABEL = 60 }; /* pixels from the axis to the middle of its label */
  fprintf(file, "\nset lmargin at screen %d.0 / W\n", panel.left);
  fprintf(file, "set rmargin at screen %d.0 / W\n", panel.left + panel.width);
  fprintf(file, "set tmargin at screen 1 - %d.0 / H\n", panel.top);
  fprintf(file, "set bmargin at screen 1 - %d.0 / H\n", panel.top + panel.height);
  put_scale(file, &panel);
  /* A label of one's own, because a ylabel is shifted by the length of the numbers. */
  fputs("set label 1 ", file);
  tj_put_quoted(file, panel.y_label);
  fprintf(file, " at screen %d.0 / W, graph 0.5 center rotate\nset xlabel ", panel.left - LABEL);
  tj_put_quoted(file, panel.x_label);
  fputs(" offset 0, 0.4\nset key at graph 1, graph 1 bottom right horizontal\n", file);
}

/* A path that begins with | or < would be a command, one that begins with ~ a home. */
static void put_picture_path(FILE *file, const char *stem) {
  char path[LONGEST_PATH + sizeof "./.png"];
  snprintf(path, sizeof path, "%s%s.png", stem[0] == '/' ? "" : "./", stem);
  tj_put_quoted(file, path);
}

static void put_script(FILE *file, const void *what) {
  const tj_script *script = what;
  fprintf(file, "reset\nset encoding utf8\nW = %d\nH = %d\n", script->width, script->height);
  fputs("set terminal pngcairo noenhanced size W, H font 'sans,10'\nset output ", file);
  put_picture_path(file, script->stem);
  fputs(
      "\nset border 3 linecolor rgb '#555555'\nset tics nomirror textcolor rgb '#222222'\n"
      "set grid linecolor rgb '#e0e0e0' linetype 1\n"
      "set style line 1 linecolor rgb '#0072b2' linewidth 2 pointtype 7 pointsize 0.5\n"
      "set style line 2 linecolor rgb '#d55e00' linewidth 1.5 dashtype (8, 5)\n"
      "set style line 3 linecolor rgb '#009e73' linewidth 1.5 dashtype (3, 4)\n"
      "$data << END\n",
      file);
  script->data(file, script->what);
  fputs("END\nset multiplot", file);
  if (script->title != NULL) {
    fputs(" title ", file);
    tj_put_quoted(file, script->title);
    fputs(" font ',13'", file);
  }
  fputc('\n', file);
  script->panels(file, script->what);
  fputs("\nunset multiplot\n", file);
}

static int readable(const char *stem) {
  for (const char *c = stem; *c != '\0'; c++)
    if (iscntrl((unsigned char)*c)) return 0;
  return stem[0] != '\0' && strlen(stem) <= LONGEST_PATH;
}

traj_status tj_write_script(const tj_script *script) {
  if (!readable(script->stem)) return TRAJ_E_ARG;
  char path[LONGEST_PATH + sizeof ".gp"];
  snprintf(path, sizeof path, "%s.gp", script->stem);
  return tj_write_file(path, put_script, script);
}
