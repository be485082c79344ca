#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "bank.h"

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
    sem_wait(fin);
    sem_wait(fin);

    fd = shm_open(BANK, O_RDWR, 0600);
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    acc = mmap(NULL, sizeof(struct account), PROT_READ | PROT_WRITE,
               MAP_SHARED, fd, 0);
    if (acc == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    printf("balance %d\n", acc->balance);
    assert(acc->balance == START + 50 - 30);
    shm_unlink(BANK);
    sem_unlink(FIN);
    return 0;
}
