#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "bank.h"

#define AMOUNT 30

int main(void)
{
    struct account *acc;
    sem_t *fin;
    int fd;

    fin = sem_open(FIN, O_CREAT, 0600, 0);
    if (fin == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    fd = shm_open(BANK, O_CREAT | O_RDWR, 0600);
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    if (ftruncate(fd, sizeof(struct account)) == -1) {
        perror("ftruncate");
        exit(1);
    }
    acc = mmap(NULL, sizeof(struct account), PROT_READ | PROT_WRITE,
               MAP_SHARED, fd, 0);
    if (acc == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    acc->balance = START;
    if (sem_init(&acc->lock, 1, 1) == -1) {
        perror("sem_init");
        exit(1);
    }

    sem_wait(&acc->lock);
    acc->balance = acc->balance - AMOUNT;
    printf("withdraw: balance now %d\n", acc->balance);
    sem_post(&acc->lock);

    sem_post(fin);
    return 0;
}
