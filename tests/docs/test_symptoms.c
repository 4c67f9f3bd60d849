/* docs/troubleshooting.md: each entry's problem shows what the entry says, and is cured by what it says. */
#include <string.h>

#include "docs/symptoms/symptoms.h"

enum { MOST = 50 };

/* The tests of all parts, in the order of the page, and one of the page itself. */
static struct CMUnitTest all[MOST];
static size_t n_entries;

static void every_entry_has_its_test(void **state) {
  (void)state;
  assert_headings(all, n_entries);
}

int main(void) {
  const part parts[] = {errors, cut_short, stalls, wrong_costs, wrong_places};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    assert_true(n_entries + parts[i].n < MOST);
    memcpy(all + n_entries, parts[i].tests, parts[i].n * sizeof *all);
    n_entries += parts[i].n;
  }
  all[n_entries] = (struct CMUnitTest)cmocka_unit_test(every_entry_has_its_test);
  return _cmocka_run_group_tests("docs/troubleshooting.md", all, n_entries + 1, read_page, NULL);
}
