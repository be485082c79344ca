/* Semaphores in the object itself; a semaphore with a name says when they are there. */
//@ with "sender.c";
//@ expect holds;
/* creates the mailbox and reads the messages */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "mailbox.h"

int main(void)
{
    struct mailbox *m;
    sem_t *ready;
    char buf[TEXT];
    int fd, i;

    fd = shm_open(MBOX, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    if (ftruncate(fd, sizeof(struct mailbox)) == -1) {
        perror("ftruncate");
        exit(1);
    }
    m = mmap(NULL, sizeof(struct mailbox), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (m == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    if (sem_init(&m->full, 1, 0) == -1 || sem_init(&m->empty, 1, 1) == -1) {
        perror("sem_init");
        exit(1);
    }
    ready = sem_open(READY, O_CREAT, 0600, 0);
    if (ready == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    sem_post(ready);

    for (i = 0; i < NMSG; i++) {
        sem_wait(&m->full);
        memcpy(buf, m->text, TEXT);
        sem_post(&m->empty);
        printf("received: %s\n", buf);
        assert(strcmp(buf, i == 0 ? "one" : "two") == 0);
    }
    munmap(m, sizeof(struct mailbox));
    close(fd);
    sem_close(ready);
    sem_unlink(READY);
    shm_unlink(MBOX);
    return 0;
}
