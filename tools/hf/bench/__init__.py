# SPDX-License-Identifier: GPL-2.0
"""What operations cost, in guest instructions: measured, held against goals,
against what was accepted, and plotted (tools/bench)."""
