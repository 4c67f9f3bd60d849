#!/bin/sh
# answers.sh PROGRAM: what an example finds is what it is to find.
set -eu
name=$(basename "$1")
out=$(mktemp)
trap 'rm -f "$out"' EXIT
"$1" >"$out"

# judge SCRIPT: an awk script over the output, with say(): a complaint.
judge() {
  awk "function say(text) { print \"$name: \" text; bad = 1 } $1" "$out"
}

case $name in
parking) # each guess leads to one of the minima that the program lists, and more than one of them is found
  judge '
    $2 ~ /^TRAJ_/ { cost[++solves] = $4; if ($2 != "TRAJ_OK") say("not converged: " $0) }
    /^Minima/ { for (i = 5; i <= NF; i++) minimum[++minima] = $i + 0 }
    END {
      for (i = 1; i <= solves; i++) {
        listed = 0
        for (j = 1; j <= minima; j++)
          if (cost[i] - minimum[j] < 1e-6 && minimum[j] - cost[i] < 1e-6) listed = j
        if (!listed) say("no minimum of the list: " cost[i])
        found[listed] = 1
      }
      if (solves != 4 || minima != 5) say(solves " solves, " minima " minima")
      for (j in found) different++
      if (different < 2) say("one minimum only")
      exit bad
    }' ;;
path) # from the path it keeps away from the walls and arrives, from hovering it does neither
  judge '
    /^TRAJ_OK/ { cost[++solves] = $6 + 0; x[solves] = $9 + 0; wall[solves] = $13 + 0 }
    END {
      if (solves != 2) say(solves " solves converged")
      if (!(x[1] < 5 && wall[1] < 0.2)) say("hovering is a good guess")
      if (!(cost[2] < 0.6 && x[2] > 5.99 && x[2] < 6.01 && wall[2] > 0.4)) say("the path is not")
      exit bad
    }' ;;
*) echo "nothing is known of $name" >&2; exit 1 ;;
esac
