# SPDX-License-Identifier: GPL-2.0
#
# Read by the scripts stress_*: runs stressors of stress-ng, each alone, each a
# case: did it pass, was it skipped, did it fail?  What it said is on the
# standard error of the guest (build/tests/long/boot-N.*.err).
exec 3>&2
. /tests/lib.sh

# The stressors of a class that are in none of the classes after it.
class() {
	stress-ng --class "$1?" 2>&1 | sed 's/.*: //' | tr ' ' '\n' | sort -u |
		comm -23 - <(for other in "${@:2}"; do
			stress-ng --class "$other?" 2>&1 | sed 's/.*: //'
		done | tr ' ' '\n' | sort -u) | grep .
}

stress() {
	local name status log=/tmp/log

	while read -r name; do
		echo "== $name"
		timeout -k 5 60 stress-ng "--$name" 1 --timeout 2 \
			"--$name-ops" 100 --verify --temp-path . >$log 2>&1
		status=$?
		pkill -9 stress-ng
		case $status in
		1) echo 'refused' ;;
		0) if grep -q 'skipped: 1\|skipping stressor' $log
			then echo skipped; else echo passed; fi ;;
		3) echo 'no resources' ;;
		4) echo 'not implemented' ;;
		124 | 137) echo 'hangs' ;;
		*) echo "fails, status $status" ;;
		esac
		grep -v 'dispatching hogs\|successful run\|defaulting\|setting to a' $log >&3
	done
}
