#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/stat.h>
#include "rec.h"

int main(void)
{
    int next[2] = { 0, 0 };
    struct rec r;
    ssize_t n;
    int fd;

    if (mkfifo(FAMILY_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo");
        exit(1);
    }
    fd = open(FAMILY_FIFO, O_RDONLY);
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    while ((n = read(fd, &r, sizeof(r))) == sizeof(r)) {
        printf("from %d: %d\n", r.who, r.value);
        assert(r.value == 10 * r.who + next[r.who]);
        next[r.who]++;
    }
    assert(n == 0);
    close(fd);
    unlink(FAMILY_FIFO);
    assert(next[0] == PER_PROC && next[1] == PER_PROC);
    return 0;
}
