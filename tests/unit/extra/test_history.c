// cmocka.h wants these four before it.
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#include "traj/extra.h"

enum { ROOM = 3 };

static int record(traj_history *history, int iteration) {
  traj_iteration row = {.iteration = iteration, .cost = 100 - iteration};
  return traj_record_iteration(&row, history);
}

static void keeps_what_fits(void **state) {
  (void)state;
  traj_iteration rows[ROOM + 1] = {[ROOM] = {.cost = -1}};
  traj_history history = {.rows = rows, .capacity = ROOM};
  for (int i = 0; i < 2 * ROOM; i++)
    assert_int_equal(record(&history, i), 0);
  assert_int_equal(history.count, ROOM);
  for (int i = 0; i < ROOM; i++) {
    assert_int_equal(rows[i].iteration, i);
    assert_true(rows[i].cost == 100 - i);
  }
  assert_true(rows[ROOM].cost == -1);
}

static void starts_again_with_each_solve(void **state) {
  (void)state;
  traj_iteration rows[ROOM];
  traj_history history = {.rows = rows, .capacity = ROOM};
  record(&history, 0);
  record(&history, 1);
  record(&history, 0);
  assert_int_equal(history.count, 1);
  assert_int_equal(rows[0].iteration, 0);
}

static int note(const traj_iteration *row, void *user) {
  *(int *)user += row->iteration + 1;
  return row->iteration == 1 ? 7 : 0;
}

static void passes_every_row_on(void **state) {
  (void)state;
  int sum = 0;
  traj_history history = {.next = note, .next_user = &sum}; /* even without room */
  assert_int_equal(record(&history, 0), 0);
  assert_int_equal(record(&history, 1), 7);
  assert_int_equal(record(&history, 2), 0);
  assert_int_equal(sum, 1 + 2 + 3);
  assert_int_equal(history.count, 0);
}

static void nothing_is_recorded_without_row_or_history(void **state) {
  (void)state;
  traj_iteration rows[ROOM], row = {0};
  traj_history history = {.rows = rows, .capacity = ROOM};
  assert_int_equal(traj_record_iteration(NULL, &history), 0);
  assert_int_equal(traj_record_iteration(&row, NULL), 0);
  assert_int_equal(history.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(keeps_what_fits),
      cmocka_unit_test(starts_again_with_each_solve),
      cmocka_unit_test(passes_every_row_on),
      cmocka_unit_test(nothing_is_recorded_without_row_or_history),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
