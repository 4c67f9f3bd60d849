/** @file
 *  Everything that needs no operating system. The rest is in traj/extra.h. */
#ifndef TRAJ_TRAJ_H
#define TRAJ_TRAJ_H

#include "traj/covariance.h"
#include "traj/ddp.h"
#include "traj/derivatives.h"
#include "traj/linalg.h"
#include "traj/lqr.h"
#include "traj/manifold.h"
#include "traj/memory.h"
#include "traj/plan.h"
#include "traj/problem.h"
#include "traj/run.h"
#include "traj/status.h"
#include "traj/steady.h"
#include "traj/tracking.h"
#include "traj/version.h"

#endif
