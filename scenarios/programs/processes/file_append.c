/* Two processes write a line each at the end of a log file. With O_APPEND finding the end and
   writing there is one step. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG "/tmp/good.log"

static void append(const char *line)
{
    int fd = open(LOG, O_WRONLY | O_APPEND);
    if (fd == -1)
        _exit(1);
    write(fd, line, 3);
    close(fd);
}

int main(void)
{
    char text[8];

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
    assert(read(fd, text, sizeof text) == 6);
    assert(strncmp(text, "ab\ncd\n", 6) == 0 || strncmp(text, "cd\nab\n", 6) == 0);
    close(fd);
    unlink(LOG);
    return 0;
}
