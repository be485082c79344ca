/* Whether there is a lock file is asked first, and then it is made: both may have it. */
//@ with "desk2.c", "closing.c";
//@ expect error assertion;
#include "takeno.h"

static void get_lock(void)
{
    int fd;

    while (access(LOCK, F_OK) == 0)     /* somebody has it */
        sleep(1);
    fd = open(LOCK, O_CREAT | O_WRONLY, 0644);
    if (fd == -1) {
        perror(LOCK);
        exit(1);
    }
    close(fd);
}

static void release_lock(void)
{
    unlink(LOCK);
}

int main(void)
{
    int fd, number;
    sem_t *done = sem_open(DONE, O_CREAT, 0644, 0);

    if (done == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    get_lock();
    fd = open(NUMBER, O_RDWR | O_CREAT, 0644);
    if (fd == -1) {
        perror(NUMBER);
        exit(1);
    }
    if (read(fd, &number, sizeof(number)) != sizeof(number))
        number = 0;             /* new file */
    number++;
    lseek(fd, 0, SEEK_SET);
    if (write(fd, &number, sizeof(number)) != sizeof(number)) {
        perror("write");
        exit(1);
    }
    close(fd);
    release_lock();
    printf("desk1: number %d\n", number);

    sem_post(done);
    return 0;
}
