//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define P(s) sem_wait(&(s))
#define V(s) sem_post(&(s))

/* one-place mailbox between father and son */
typedef struct {
	sem_t mutex;
	sem_t free_places;
	sem_t items;
	int   value;
} mailbox;

static void produce(mailbox *m, int v)
{
	P(m->mutex);
	P(m->free_places);
	m->value = v;
	V(m->mutex);
	V(m->items);
}

static int consume(mailbox *m)
{
	int v;
	P(m->items);
	P(m->mutex);
	v = m->value;
	V(m->mutex);
	V(m->free_places);
	return v;
}

int main()
{
	mailbox *m = mmap(NULL, sizeof(mailbox), PROT_READ|PROT_WRITE, MAP_SHARED|MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED) { perror("mmap"); return 1; }
	sem_init(&m->mutex, 1, 1);
	sem_init(&m->free_places, 1, 1);
	sem_init(&m->items, 1, 0);

	switch (fork()) {
	case -1:
		perror("fork");
		return 1;
	case 0:
		for (int i = 0; i < 3; i++)
			produce(m, i);
		exit(0);
	default:
		for (int i = 0; i < 3; i++)
			printf("consumed %d\n", consume(m));
		wait(NULL);
	}
	return 0;
}
