/* What the shell does for `prog > file`: the child's standard output becomes a file. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/output.txt"

int main(void)
{
    char text[32];
    struct stat s;

    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        int fd = open(NAME, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1)
            _exit(1);
        close(fd);
        write(STDOUT_FILENO, "answer ", 7);
        write(STDOUT_FILENO, "42\n", 3);
        _exit(0);
    }
    int status;
    waitpid(pid, &status, 0);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    int fd = open(NAME, O_RDONLY);
    assert(fd >= 0);
    assert(fstat(fd, &s) == 0 && s.st_size == 10);
    assert(read(fd, text, sizeof text) == 10);
    assert(strncmp(text, "answer 42\n", 10) == 0);
    assert(write(fd, "x", 1) == -1);    /* it is open to read */
    close(fd);
    unlink(NAME);
    return 0;
}
