// SPDX-License-Identifier: GPL-2.0
/*
 * Says that it is ready, then reads a line "PROGRAM CASE TOKEN" and runs that
 * program for that case, and so on: what grades a kernel takes a snapshot of
 * the machine while this program waits, and goes back to it for every case.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *program, const char *name, const char *token)
{
	char only[130];
	int status;
	pid_t pid;

	snprintf(only, sizeof(only), "=%s", name);
	setenv("CHECK_CASE", name, 1);
	setenv("CHECK_TOKEN", token, 1);
	pid = fork();
	if (pid == 0) {
		execl(program, program, only, NULL);
		perror(program);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("fork, waitpid");
		return 126;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(void)
{
	char line[512], program[128], name[128], token[64];

	printf("starter: ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		int status = 126;

		if (sscanf(line, "%127s %127s %63s", program, name,
			   token) == 3)
			status = run(program, name, token);
		printf("\nstarter: end %d\n", status);
		fflush(stdout);
	}
	return 0;
}
