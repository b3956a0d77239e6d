# SPDX-License-Identifier: GPL-2.0
#
# Read by the scripts beside it.  `table` runs each line of its input as a case
# of its own: a shell command, named by itself.  A command that is to fail has
# a ! before it.
exec 2>&1
unset COLUMNS LINES
export LC_ALL=C TZ=UTC
mkdir -p "/tmp/${0##*/}"
cd "/tmp/${0##*/}" || exit 1

table() {
	while IFS= read -r command; do
		case $command in '' | '#'*) continue ;; esac
		echo "== $command"
		(eval "$command") </dev/null
		status=$?
		[ $status -eq 0 ] || echo "exits with $status"
	done
}
