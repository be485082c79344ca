//@ expect holds;
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <semaphore.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

typedef struct {
	sem_t lock;
	int   count;
} shared_t;

#define NPROC 3
#define NLOOP 2

static void add(shared_t *s)
{
	sem_wait(&s->lock);
	int tmp = s->count;
	usleep(50);
	s->count = tmp + 1;
	sem_post(&s->lock);
}

int main(void)
{
	shared_t *s = mmap(NULL, sizeof(shared_t), PROT_READ|PROT_WRITE,
			   MAP_SHARED|MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	if (sem_init(&s->lock, 1, 1) == -1) {
		perror("sem_init");
		return 1;
	}
	s->count = 0;

	for (int i = 0; i < NPROC; i++) {
		switch (fork()) {
		case -1:
			perror("fork");
			return 1;
		case 0:
			for (int k = 0; k < NLOOP; k++)
				add(s);
			_exit(0);
		}
	}

	int n = 0;
	while (wait(NULL) > 0)
		n++;
	assert(n == NPROC);
	assert(s->count == NPROC * NLOOP);
	printf("count = %d\n", s->count);
	sem_destroy(&s->lock);
	munmap(s, sizeof(shared_t));
	return 0;
}
