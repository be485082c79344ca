/*
 * A fixed pool of two threads works through a table of three jobs, and each
 * job is an operation with two operands.
 * The index of the next job is taken under a mutex, every job is therefore
 * done exactly once, and main checks the results after the joins.
 */
//@ expect holds;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>
#include <assert.h>

#define POOL_SIZE 2
#define ARRAY_LEN(a) ((int)(sizeof(a) / sizeof((a)[0])))

enum op { OP_ADD, OP_MUL, OP_NEG };

typedef struct {
    enum op op;
    int a, b;
    int result;
    int times_done;
} job_t;

static job_t jobs[] = {
    { .op = OP_ADD, .a = 2, .b = 3 },
    { .op = OP_MUL, .a = 4, .b = 5 },
    { .op = OP_NEG, .a = 6 },
};

static int next_job;
static pthread_mutex_t job_lock = PTHREAD_MUTEX_INITIALIZER;

static job_t *take_job(void)
{
    job_t *j = NULL;

    pthread_mutex_lock(&job_lock);
    if (next_job < ARRAY_LEN(jobs)) {
        j = &jobs[next_job];
        next_job++;
    }
    pthread_mutex_unlock(&job_lock);
    return j;
}

static int compute(const job_t *j)
{
    switch (j->op) {
    case OP_ADD:
        return j->a + j->b;
    case OP_MUL:
        return j->a * j->b;
    case OP_NEG:
        return -j->a;
    default:
        fprintf(stderr, "unknown operation\n");
        exit(1);
    }
}

static void *pool_thread(void *arg)
{
    job_t *j;

    (void)arg;
    while ((j = take_job()) != NULL) {
        j->result = compute(j);
        j->times_done++;
    }
    return NULL;
}

int main(void)
{
    pthread_t pool[POOL_SIZE];

    for (int i = 0; i < POOL_SIZE; i++) {
        if (pthread_create(&pool[i], NULL, pool_thread, NULL) != 0) {
            perror("pthread_create");
            exit(1);
        }
    }
    for (int i = 0; i < POOL_SIZE; i++)
        pthread_join(pool[i], NULL);

    for (int i = 0; i < ARRAY_LEN(jobs); i++)
        assert(jobs[i].times_done == 1);
    assert(jobs[0].result == 5);
    assert(jobs[1].result == 20);
    assert(jobs[2].result == -6);
    printf("all jobs are done\n");
    return 0;
}
