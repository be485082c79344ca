/* Strict alternation of tick and tock with two named semaphores */
//@ expect holds;
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <fcntl.h>
#include <semaphore.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define ROUNDS 2

struct log {
	int  n;
	char line[2 * ROUNDS];
};

static sem_t *open_new(const char *name, unsigned value)
{
	sem_unlink(name);
	sem_t *s = sem_open(name, O_CREAT | O_EXCL, 0600, value);
	if (s == SEM_FAILED) {
		perror(name);
		exit(1);
	}
	return s;
}

static void player(struct log *l, char c, sem_t *my_turn, sem_t *your_turn)
{
	for (int i = 0; i < ROUNDS; i++) {
		sem_wait(my_turn);
		l->line[l->n++] = c;
		sem_post(your_turn);
	}
	sem_close(my_turn);
	sem_close(your_turn);
	exit(0);
}

int main(void)
{
	struct log *l = mmap(NULL, sizeof *l, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (l == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	sem_t *tick = open_new("/tick", 1);
	sem_t *tock = open_new("/tock", 0);

	for (int i = 0; i < 2; i++) {
		switch (fork()) {
		case -1:
			perror("fork");
			exit(1);
		case 0:
			if (i == 0)
				player(l, '-', tick, tock);
			else
				player(l, '+', tock, tick);
		}
	}
	wait(NULL);
	wait(NULL);

	assert(l->n == 2 * ROUNDS);
	for (int i = 0; i < l->n; i++)
		assert(l->line[i] == (i % 2 == 0 ? '-' : '+'));
	printf("%.*s\n", l->n, l->line);
	sem_close(tick);
	sem_close(tock);
	sem_unlink("/tick");
	sem_unlink("/tock");
	return 0;
}
