#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "mailbox.h"

int main(void)
{
    const char *msg[NMSG] = { "one", "two" };
    struct mailbox *m;
    sem_t *ready;
    int fd, i;

    ready = sem_open(READY, O_CREAT, 0600, 0);
    if (ready == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    sem_wait(ready);        /* the mailbox exists from here on */
    sem_close(ready);

    fd = shm_open(MBOX, O_RDWR, 0);
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    m = mmap(NULL, sizeof(struct mailbox), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    for (i = 0; i < NMSG; i++) {
        sem_wait(&m->empty);
        strncpy(m->text, msg[i], TEXT - 1);
        sem_post(&m->full);
    }
    munmap(m, sizeof(struct mailbox));
    close(fd);
    return 0;
}
