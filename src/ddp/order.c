/* Which second derivatives enter a sweep. TRAJ_AUTO goes by Gauss-Newton while that makes headway: its model is always
 * definite, and far from a solution the better one. Where its predictions are poor and it converges slowly the full
 * model is tried, and kept while it is definite as it stands. Where Gauss-Newton gets nowhere the dynamics are too
 * curved for it, and the full model leads with as much regularisation as that takes, for a while. Where Gauss-Newton
 * crawls from the start, or neither model makes headway for long, the way that was taken is not worth keeping either.
 * (docs/theory, "Choosing the order") */
#include <math.h>

#include "ddp/ddp.h"

enum {
  PAUSE = 4, /* iterations until the full model is tried again */
  STINT = 8  /* and until Gauss-Newton is, where the full model leads */
};
static const double POOR = 0.1;    /* share of a predicted decrease that the found one is off by */
static const double SLOW = 0.5;    /* share of the decrease before */
static const double NEAR = 0.03;   /* share of 1 + |J|: a larger decrease is one from afar */
static const double STUCK = 0.004; /* a step shorter than this is no headway */

enum { CRAWLS = 5, EARLY = 16 };    /* so many short steps, in so many iterations: the way is not worth keeping */
static const double SHORT = 0.0625; /* a step no longer than this is short */
static const double LONG = 0.5;     /* one no shorter than this makes up for those before */
enum { TOIL = 100 };                /* so many iterations without a long, undamped step, less those with one */

tj_order tj_order_start(traj_ddp_method method) {
  return (tj_order){.automatic = method == TRAJ_AUTO, .second = method == TRAJ_DDP};
}

tj_order tj_order_anew(void) {
  return (tj_order){.automatic = true, .stuck = true, .anew = true};
}

bool tj_order_choose(tj_order *order) {
  if (!order->automatic) return false;
  order->second = order->stuck;
  if (order->stuck) return false;
  if (order->pause > 0) {
    order->pause--;
  } else {
    order->second = order->doubtful || order->trusted;
  }
  return order->second;
}

void tj_order_tried(tj_order *order, bool definite) {
  order->trusted = order->second = definite;
  if (!definite) order->pause = PAUSE;
}

/* Counts the short steps of Gauss-Newton, and the iterations that either model labours in. */
static void watch_steps(tj_order *order, double step, double mu) {
  order->steps++;
  if (mu > 0 || step < LONG) {
    order->toil++;
  } else if (order->toil > 0) {
    order->toil--;
  }
  if (!order->second && step <= SHORT) order->crawled++;
  if (!order->second && step >= LONG) order->crawled = 0;
  order->astray = (order->crawled >= CRAWLS && order->steps <= EARLY) || order->toil > TOIL;
}

/* Whether Gauss-Newton gets nowhere. A solve that has started over, mostly on its account, has no patience with it. */
static bool no_headway(const tj_order *order, double step) {
  return !order->second && (step < STUCK || (order->anew && order->crawled >= CRAWLS));
}

/* The full model leads until it needs no regularisation; and, unless the solve has started over for it, no longer than
 * a stint: it does not do better than Gauss-Newton everywhere. While steps are refused it keeps the lead, or no solve
 * would come to the largest mu. */
static bool end_of_stint(tj_order *order, double step, double mu) {
  if (step == 0) return false;
  order->trusted = mu == 0;
  return mu == 0 || (!order->anew && ++order->stint >= STINT);
}

bool tj_order_learn(tj_order *order, const tj_progress *made) {
  if (!order->automatic) return false;
  const double decrease = made->decrease, step = made->step, excess = decrease - made->predicted;
  bool slow = decrease > SLOW * order->decrease, near = decrease < NEAR * (1 + fabs(made->cost));
  bool poor = (near ? fabs(excess) : -excess) > POOR * made->predicted;
  order->doubtful = step > 0 && slow && poor;
  order->decrease = decrease;
  watch_steps(order, step, made->mu);
  const bool stuck = order->stuck;
  order->stuck = stuck ? !end_of_stint(order, step, made->mu) : no_headway(order, step);
  if (!stuck) order->stint = 0;
  return order->stuck != stuck;
}

bool tj_order_give_up(tj_order *order) {
  if (!order->automatic || !order->second) return false;
  order->automatic = order->second = order->astray = false;
  return true;
}
