/* Producer - consumer with a bounded buffer, as in the lecture notes */
//@ expect holds;
#include <assert.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE  2
#define ITEMS 4

struct buffer {
    sem_t empty, full, mutex;
    int   slot[SIZE];
    int   in, out;
};

static void put(struct buffer *b, int item) {
    sem_wait(&b->empty);
    sem_wait(&b->mutex);
    b->slot[b->in] = item;
    b->in = (b->in + 1) % SIZE;
    sem_post(&b->mutex);
    sem_post(&b->full);
}

static int get(struct buffer *b) {
    sem_wait(&b->full);
    sem_wait(&b->mutex);
    int item = b->slot[b->out];
    b->out = (b->out + 1) % SIZE;
    sem_post(&b->mutex);
    sem_post(&b->empty);
    return item;
}

int main(void) {
    struct buffer *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    if (sem_init(&b->empty, 1, SIZE) || sem_init(&b->full, 1, 0) ||
        sem_init(&b->mutex, 1, 1)) {
        perror("sem_init");
        exit(1);
    }

    pid_t producer = fork();
    if (producer < 0) {
        perror("fork");
        exit(1);
    }
    if (producer == 0) {
        for (int i = 1; i <= ITEMS; i++)
            put(b, i * 100);
        exit(0);
    }

    for (int i = 1; i <= ITEMS; i++) {
        int item = get(b);
        assert(item == i * 100);
        printf("got %d\n", item);
    }
    int st;
    assert(waitpid(producer, &st, 0) == producer);
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
    assert(b->in == b->out);
    return 0;
}
