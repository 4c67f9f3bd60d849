/* Which second derivatives enter a sweep. TRAJ_AUTO goes by Gauss-Newton while that makes headway: its model is always
 * definite, and far from a solution the better one. Where it converges slowly the full model is tried, and kept while
 * it is definite as it stands. Where Gauss-Newton gets nowhere the dynamics are too curved for it, and the full model
 * leads with as much regularisation as that takes. */
#include "ddp/ddp.h"

enum { LONGEST_PAUSE = 64 };       /* iterations */
static const double SLOW = 0.5;    /* share of the decrease before: more than that is slow convergence */
static const double STUCK = 0.004; /* a step shorter than this is no headway */

tj_order tj_order_start(traj_ddp_method method, bool has_hess) {
  return (tj_order){.automatic = method == TRAJ_AUTO, .second = method == TRAJ_DDP, .cheap = has_hess, .trusted = true};
}

bool tj_order_choose(tj_order *order) {
  if (!order->automatic) return false;
  order->second = order->stuck;
  if (order->stuck) return false;
  if (order->pause > 0) {
    order->pause--;
  } else {
    order->second = order->cheap && (order->slow || order->trusted);
  }
  return order->second;
}

void tj_order_tried(tj_order *order, bool definite) {
  order->trusted = order->second = definite;
  if (definite) {
    order->pauses = 0;
  } else {
    order->pauses = order->pauses == 0 ? 1 : 2 * order->pauses;
    if (order->pauses > LONGEST_PAUSE) order->pauses = LONGEST_PAUSE;
    order->pause = order->pauses;
  }
}

bool tj_order_learn(tj_order *order, double step, double decrease, double mu) {
  if (!order->automatic) return false;
  order->slow = order->decrease > 0 && decrease > SLOW * order->decrease;
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
