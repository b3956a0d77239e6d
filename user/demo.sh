#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash
#
# The guest's half of the demonstration (tools/demo is the host's): the same
# keeper twice, ordinary and designated, each with code of its own on a disk.
# Each waits for a line from the host.
#
# usage: demo.sh PAGES MARKER_ORDINARY MARKER_DESIGNATED PRESSURE_MIB
mkdir -p /disk
mount -t ext2 /dev/vdb /disk
echo "demo: ordinary"
/bin/keeper "$1" "$2" "$4" /disk/ordinary.code
echo "demo: status=$?"
echo "demo: designated"
/bin/keeper-memlocked "$1" "$3" "$4" /disk/designated.code
echo "demo: status=$?"
umount /disk
echo "demo: end"

# The host answers "shell" when there is somebody at a terminal.
read -r next
[ "$next" = shell ] || exit 0
stty sane
# Not exec: the leader of a session would have to fork to get a new one.
setsid -c /bin/sh -l 2>&1
