/* wait for the children, first the first one, then the second one */
//@ expect error assertion;
#include <stdio.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>
#include <assert.h>
#include <sys/wait.h>

pid_t start(int code) {
	pid_t p;
	if ((p = fork()) == 0) {
		/* do some work */
		sched_yield();
		exit(code);
	}
	if (p < 0) {
		perror("fork");
		exit(1);
	}
	return p;
}

int main() {
	int s1, s2;
	pid_t c1 = start(1);
	pid_t c2 = start(2);
	pid_t w1, w2;

	w1 = wait(&s1);
	w2 = wait(&s2);

	printf("started %d %d, waited for %d %d\n", (int)c1, (int)c2, (int)w1, (int)w2);
	assert(WEXITSTATUS(s1) == 1);
	assert(WEXITSTATUS(s2) == 2);
	return 0;
}
