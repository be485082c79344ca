//@ expect error assertion;
#include <assert.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define START "/start_signal"

/* The child waits for the start signal of the parent. */
static void runner(void)
{
    sem_t *s = sem_open(START, 0);
    if (s == SEM_FAILED) {
        perror("runner: sem_open");
        exit(1);
    }
    sem_wait(s);
    printf("running!\n");
    sem_close(s);
    exit(0);
}

int main(void)
{
    int status;
    pid_t pid;

    sem_unlink(START);      /* from an earlier run */

    pid = fork();
    if (pid == -1) {
        perror("fork");
        exit(1);
    }
    if (pid == 0)
        runner();

    sem_t *start = sem_open(START, O_CREAT, 0600, 0);
    if (start == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    sem_post(start);

    waitpid(pid, &status, 0);
    sem_close(start);
    sem_unlink(START);
    assert(WIFEXITED(status));
    assert(WEXITSTATUS(status) == 0);
    return 0;
}
