// SPDX-License-Identifier: GPL-2.0
/* What the row fork_exec_wait executes: nothing but a program's own start. */
int main(void)
{
	return 0;
}
