/* open() of a FIFO waits for the other side: parent and child meet there. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIFO "/tmp/meeting_point"

int main(void)
{
    char buf[16];
    int fd, status;

    unlink(FIFO);
    if (mkfifo(FIFO, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        fd = open(FIFO, O_WRONLY);      /* waits for the reader */
        if (fd == -1)
            _exit(1);
        if (write(fd, "hello", 5) != 5)
            _exit(2);
        close(fd);
        _exit(0);
    }

    fd = open(FIFO, O_RDONLY);          /* waits for the writer */
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    ssize_t n = read(fd, buf, sizeof buf);
    assert(n == 5 && strncmp(buf, "hello", 5) == 0);
    assert(read(fd, buf, sizeof buf) == 0);     /* the writer is gone */
    close(fd);
    waitpid(pid, &status, 0);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);

    /* the name is still there, and so is nobody who has it open */
    assert(access(FIFO, F_OK) == 0);
    assert(unlink(FIFO) == 0);
    assert(access(FIFO, F_OK) == -1);
    printf("met\n");
    return 0;
}
