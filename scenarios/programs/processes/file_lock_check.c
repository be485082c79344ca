/* A lock file: if it is not there, make it. Between the two somebody else may do so, too. */
//@ expect race;
#include <assert.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOCK "/tmp/counter2.lock"

static void lock(void)
{
    while (access(LOCK, F_OK) == 0)
        sched_yield();
    close(creat(LOCK, 0600));
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
    unlink(LOCK);
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
