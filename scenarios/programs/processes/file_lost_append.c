/* Two processes write a line each at the end of a log file: seek to the end, then write. */
//@ expect error assertion;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG "/tmp/lost.log"

static void append(const char *line)
{
    int fd = open(LOG, O_WRONLY);
    if (fd == -1)
        _exit(1);
    lseek(fd, 0, SEEK_END);     /* the other one may do this, too, before we write */
    write(fd, line, 3);
    close(fd);
}

int main(void)
{
    int fd = open(LOG, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    pid_t pid = fork();
    if (pid == 0) {
        append("ab\n");
        _exit(0);
    }
    append("cd\n");
    waitpid(pid, NULL, 0);
    assert(lseek(fd, 0, SEEK_END) == 6);
    close(fd);
    unlink(LOG);
    return 0;
}
