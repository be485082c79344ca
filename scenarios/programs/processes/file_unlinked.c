/* A file without a name: unlink() right after open(). It lives until the last one closes it. */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/scratch"

int main(void)
{
    int value = 0;

    int fd = open(NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    assert(unlink(NAME) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        int mine = 4711;
        assert(open(NAME, O_RDWR) == -1 && errno == ENOENT);
        write(fd, &mine, sizeof mine);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    assert(pread(fd, &value, sizeof value, 0) == sizeof value);
    assert(value == 4711);
    close(fd);
    assert(unlink(NAME) == -1 && errno == ENOENT);
    return 0;
}
