//@ expect holds;
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <stdlib.h>
#include <stdio.h>
#include <assert.h>

#define NCHILD 3

static void child_main(int n)
{
	_exit(n * n);
}

int main(void)
{
	pid_t pids[NCHILD];
	int seen[NCHILD] = { 0 };
	int i, k, status, sum = 0;

	for (i = 0; i < NCHILD; i++) {
		pids[i] = fork();
		if (pids[i] == -1) {
			perror("fork");
			exit(1);
		}
		if (pids[i] == 0)
			child_main(i + 1);
	}

	/* the children may end in any order */
	for (i = 0; i < NCHILD; i++) {
		pid_t p = wait(&status);
		assert(p > 0);
		for (k = 0; k < NCHILD; k++)
			if (pids[k] == p)
				break;
		assert(k < NCHILD);
		assert(!seen[k]);
		seen[k] = 1;
		assert(WIFEXITED(status));
		assert(WEXITSTATUS(status) == (k + 1) * (k + 1));
		sum += WEXITSTATUS(status);
	}
	assert(sum == 14);
	printf("sum of squares = %d\n", sum);
	return 0;
}
