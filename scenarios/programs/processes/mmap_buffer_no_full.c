/* Assignment 4: producer/consumer with shared memory and semaphores. */
//@ expect error assertion;
#include <assert.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define N 2
#define COUNT 3

typedef struct
{
    sem_t slots;
    sem_t mutex;
    int data[N];
    int head;
    int tail;
} queue_t;

queue_t *q;

void enqueue(int x)
{
    sem_wait(&q->slots);
    sem_wait(&q->mutex);
    q->data[q->head] = x;
    q->head = (q->head + 1) % N;
    sem_post(&q->mutex);
}

int dequeue(void)
{
    int x;
    sem_wait(&q->mutex);
    x = q->data[q->tail];
    q->tail = (q->tail + 1) % N;
    sem_post(&q->mutex);
    sem_post(&q->slots);
    return x;
}

int main(void)
{
    int i, sum = 0;

    q = mmap(NULL, sizeof(queue_t), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (q == MAP_FAILED)
    {
        perror("mmap");
        exit(1);
    }
    sem_init(&q->slots, 1, N);
    sem_init(&q->mutex, 1, 1);

    pid_t pid = fork();
    if (pid == 0)
    {
        for (i = 1; i <= COUNT; i++)
            enqueue(i);
        exit(0);
    }
    if (pid < 0)
    {
        perror("fork");
        exit(1);
    }

    for (i = 1; i <= COUNT; i++)
        sum += dequeue();
    wait(NULL);
    printf("sum = %d\n", sum);
    assert(sum == 6);
    return 0;
}
