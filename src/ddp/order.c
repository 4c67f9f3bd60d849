/* Which second derivatives enter a sweep. TRAJ_AUTO goes by Gauss-Newton while that makes headway: its model is always
 * definite, and far from a solution the better one. Where its predictions are poor and it converges slowly the full
 * model is tried, and kept while it is definite as it stands. Where Gauss-Newton gets nowhere the dynamics are too
 * curved for it, and the full model leads with as much regularisation as that takes. (docs/theory, "Choosing the
 * order") */
#include <math.h>

#include "ddp/ddp.h"

enum { PAUSE = 4 };                /* iterations until the full model is tried again */
static const double POOR = 0.1;    /* share of a predicted decrease that the found one is off by */
static const double SLOW = 0.5;    /* share of the decrease before */
static const double STUCK = 0.004; /* a step shorter than this is no headway */

tj_order tj_order_start(traj_ddp_method method, bool has_hess) {
  return (tj_order){.automatic = method == TRAJ_AUTO, .second = method == TRAJ_DDP, .cheap = has_hess};
}

bool tj_order_choose(tj_order *order) {
  if (!order->automatic) return false;
  order->second = order->stuck;
  if (order->stuck) return false;
  if (order->pause > 0) {
    order->pause--;
  } else {
    order->second = order->cheap && (order->doubtful || order->trusted);
  }
  return order->second;
}

void tj_order_tried(tj_order *order, bool definite) {
  order->trusted = order->second = definite;
  if (!definite) order->pause = PAUSE;
}

bool tj_order_learn(tj_order *order, double step, double predicted, double decrease, double mu) {
  if (!order->automatic) return false;
  bool slow = decrease > SLOW * order->decrease, poor = fabs(decrease - predicted) > POOR * predicted;
  order->doubtful = step > 0 && slow && poor;
  order->decrease = decrease;
  if (!order->second && step < STUCK) {
    order->stuck = true;
    return true;
  }
  if (order->stuck && step > 0 && mu == 0) {
    order->stuck = false;
    order->trusted = true;
  }
  return false;
}

bool tj_order_give_up(tj_order *order) {
  if (!order->automatic || !order->second) return false;
  order->automatic = order->second = false;
  return true;
}
