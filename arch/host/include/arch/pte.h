/* SPDX-License-Identifier: GPL-2.0 */
/* Page-table entries: x86_64's format, so that the walk code is the same. */
#include "../../../x86_64/include/arch/pte.h"
