//@ expect error pointer in 11 steps;
/* A child maps memory of its own and hands a pointer to it over. */
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct board {
    sem_t ready;
    int *where;
};

int main(void)
{
    struct board *board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sem_init(&board->ready, 1, 0);
    if (fork() == 0) {
        int *mine = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        *mine = 3;
        board->where = mine;
        sem_post(&board->ready);
        return 0;
    }
    sem_wait(&board->ready);
    printf("%d\n", *board->where);
    wait(NULL);
    return 0;
}
