#include "traj/extra.h"

int traj_record_iteration(const traj_iteration *row, void *user) {
  traj_history *history = user;
  if (row == NULL || history == NULL) return 0;
  if (row->iteration == 0) history->count = 0;
  if (history->rows != NULL && history->count < history->capacity) history->rows[history->count++] = *row;
  return history->next != NULL ? history->next(row, history->next_user) : 0;
}
