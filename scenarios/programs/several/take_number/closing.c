#include <assert.h>
#include "takeno.h"

int main(void)
{
    int fd, number = 0;
    sem_t *done = sem_open(DONE, O_CREAT, 0644, 0);

    if (done == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    sem_wait(done);
    sem_wait(done);
    fd = open(NUMBER, O_RDONLY);
    if (fd == -1) {
        perror(NUMBER);
        exit(1);
    }
    if (read(fd, &number, sizeof(number)) != sizeof(number)) {
        perror("read");
        exit(1);
    }
    close(fd);
    printf("last number %d\n", number);
    assert(number == 2);
    unlink(NUMBER);
    sem_unlink(DONE);
    return 0;
}
