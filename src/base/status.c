#include "traj/status.h"

#include "base/text.h"

const char *traj_status_name(traj_status status) {
  switch (status) {
#define NAME(name, number, text) \
  case name:                     \
    return #name;
    TRAJ_STATUS_LIST(NAME)
#undef NAME
  }
  return "TRAJ_UNKNOWN";
}

const char *traj_status_text(traj_status status) {
  switch (status) {
#define TEXT(name, number, text) \
  case name:                     \
    return text;
    TRAJ_STATUS_LIST(TEXT)
#undef TEXT
  }
  return "a number that is no status";
}

static void put_place(tj_text *out, const char *name, int index) {
  if (index < 0) return;
  tj_text_put(out, name);
  tj_text_put_number(out, index);
}

size_t traj_diag_text(const traj_diag *diag, char *text, size_t size) {
  tj_text out = {.start = text, .size = text == NULL ? 0 : size};
  traj_status status = diag == NULL ? TRAJ_OK : diag->status;
  tj_text_put(&out, traj_status_name(status));
  tj_text_put(&out, ": ");
  tj_text_put(&out, traj_status_text(status));
  if (diag != NULL && status != TRAJ_OK) {
    if (diag->hook != NULL) {
      tj_text_put(&out, "; hook ");
      tj_text_put(&out, diag->hook);
    }
    if (diag->field != NULL) {
      tj_text_put(&out, "; field ");
      tj_text_put(&out, diag->field);
    }
    put_place(&out, ", stage ", diag->k);
    put_place(&out, ", row ", diag->row);
    put_place(&out, ", column ", diag->col);
    tj_text_put(&out, "; value ");
    tj_text_put_number(&out, diag->value);
  }
  return tj_text_end(&out);
}
