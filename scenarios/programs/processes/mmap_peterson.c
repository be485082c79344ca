/* Peterson's algorithm for two processes, sequentially consistent atomics */
//@ expect holds;
#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	atomic_int flag[2];
	atomic_int turn;
	int counter;
};

static void enter(struct shared *s, int me)
{
	int other = 1 - me;

	atomic_store(&s->flag[me], 1);
	atomic_store(&s->turn, other);
	while (atomic_load(&s->flag[other]) && atomic_load(&s->turn) == other)
		sched_yield();
}

static void leave(struct shared *s, int me)
{
	atomic_store(&s->flag[me], 0);
}

static void run(struct shared *s, int me)
{
	int i;
	for (i = 0; i < 2; i++) {
		enter(s, me);
		s->counter++;
		leave(s, me);
	}
}

int main(void)
{
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}

	pid_t pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}
	if (pid == 0) {
		run(s, 1);
		_exit(0);
	}
	run(s, 0);

	int st;
	waitpid(pid, &st, 0);
	assert(WIFEXITED(st));
	assert(s->counter == 4);
	printf("counter %d\n", s->counter);
	return 0;
}
