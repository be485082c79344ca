/* A parent and its child write records to one FIFO, another program collects them. */
//@ with "collector.c";
//@ expect holds;
/* parent and child send records through the same FIFO */
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "rec.h"

static void send_all(int fd, int who)
{
    struct rec r;
    int i;

    for (i = 0; i < PER_PROC; i++) {
        r.who = who;
        r.value = 10 * who + i;
        if (write(fd, &r, sizeof(r)) != sizeof(r)) {
            perror("write");
            exit(1);
        }
    }
    close(fd);
}

int main(void)
{
    pid_t pid;
    int fd, status;

    if (mkfifo(FAMILY_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo");
        exit(1);
    }
    fd = open(FAMILY_FIFO, O_WRONLY);
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    pid = fork();
    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        send_all(fd, 1);
        exit(0);
    }
    send_all(fd, 0);
    if (waitpid(pid, &status, 0) == -1) {
        perror("waitpid");
        exit(1);
    }
    return 0;
}
