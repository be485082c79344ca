/* The reader takes one line and goes; who writes the second one is killed by SIGPIPE. */
//@ expect error misuse;
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIFO "/tmp/lines"

int main(void)
{
    unlink(FIFO);
    if (mkfifo(FIFO, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    if (fork() == 0) {
        char line[4];
        int in = open(FIFO, O_RDONLY);
        if (in == -1)
            _exit(1);
        read(in, line, 4);
        close(in);
        _exit(0);
    }
    int out = open(FIFO, O_WRONLY);
    if (out == -1) {
        perror("open");
        exit(1);
    }
    write(out, "one\n", 4);
    write(out, "two\n", 4);
    close(out);
    wait(NULL);
    unlink(FIFO);
    return 0;
}
