# For Doxygen: writes the members of enum traj_status out, with their texts, from the list that makes them.
/^  X\(TRAJ_/ {
  member = $0
  sub(/^  X\(/, "", member)
  sub(/,/, " =", member)
  sub(/, "/, ", /**< ", member)
  sub(/"\).*/, ". */", member)
  members = members "  " member "\n"
}
/^  TRAJ_STATUS_LIST\(TRAJ_STATUS_ENUM\)/ { printf "%s", members; next }
/^#(define|undef) TRAJ_STATUS_ENUM/ { next }
{ print }
