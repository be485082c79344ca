#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

#define LOCKFILE "/tmp/.lock"
#define DATAFILE "/tmp/.dat"
#define EACH 2
#define SELLERS 2

struct data {
    int sold;
    int done;
};

static void lock(void)
{
    int fd;
    while ((fd = open(LOCKFILE, O_CREAT | O_EXCL | O_WRONLY, 0644)) == -1) {
        if (errno != EEXIST) {
            perror(LOCKFILE);
            exit(1);
        }
        sleep(1);
    }
    close(fd);
}

static void unlock(void)
{
    if (unlink(LOCKFILE) == -1) {
        perror("unlink lock");
        exit(1);
    }
}

/* add to the data file; the lock must be held */
static struct data update(int sold, int done)
{
    struct data d;
    ssize_t n;
    int fd = open(DATAFILE, O_RDWR | O_CREAT, 0644);

    if (fd == -1) {
        perror(DATAFILE);
        exit(1);
    }
    n = read(fd, &d, sizeof(d));
    if (n != sizeof(d))
        d.sold = d.done = 0;
    d.sold += sold;
    d.done += done;
    lseek(fd, 0, SEEK_SET);
    if (write(fd, &d, sizeof(d)) != sizeof(d)) {
        perror("write");
        exit(1);
    }
    close(fd);
    return d;
}
