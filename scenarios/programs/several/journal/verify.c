#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>
#include <semaphore.h>

#define JOURNAL "/tmp/journal"
#define DONE    "/done"

int main(void)
{
    char buf[64];
    sem_t *done;
    ssize_t n;
    int fd, i, lines = 0;

    done = sem_open(DONE, O_CREAT, 0644, 0);
    if (done == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    sem_wait(done);
    sem_wait(done);

    fd = open(JOURNAL, O_RDONLY);
    if (fd < 0) {
        perror("open");
        exit(1);
    }
    n = read(fd, buf, sizeof(buf));
    if (n < 0) {
        perror("read");
        exit(1);
    }
    for (i = 0; i < n; i++)
        if (buf[i] == '\n')
            lines++;
    printf("%d entries\n", lines);
    assert(lines == 2);
    close(fd);
    unlink(JOURNAL);
    sem_close(done);
    sem_unlink(DONE);
    return 0;
}
