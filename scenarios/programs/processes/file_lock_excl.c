/* A lock file: O_CREAT | O_EXCL says in one step whether it was there and makes it. */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK "/tmp/counter.lock"

static void lock(void)
{
    int fd;
    while ((fd = open(LOCK, O_WRONLY | O_CREAT | O_EXCL, 0600)) == -1) {
        assert(errno == EEXIST);
        sched_yield();
    }
    close(fd);
}

static void unlock(void)
{
    unlink(LOCK);
}

int main(void)
{
    int *counter = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counter == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    unlink(LOCK);       /* left from a run that was killed */
    pid_t pid = fork();
    lock();
    *counter = *counter + 1;
    unlock();
    if (pid == 0)
        _exit(0);
    wait(NULL);
    assert(*counter == 2);
    return 0;
}
