# SPDX-License-Identifier: GPL-2.0
"""What the host tools share: guests, their initial files, their machine."""
