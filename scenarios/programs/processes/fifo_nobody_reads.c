/* A client that does not want to wait: O_NONBLOCK to write fails with ENXIO where nobody reads. */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIFO "/tmp/log_fifo"

int main(void)
{
    int status;

    unlink(FIFO);
    if (mkfifo(FIFO, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    assert(mkfifo(FIFO, 0600) == -1 && errno == EEXIST);
    assert(open(FIFO, O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO);

    /* to read it succeeds, and then there is a reader */
    int in = open(FIFO, O_RDONLY | O_NONBLOCK);
    assert(in >= 0);
    char c;
    assert(read(in, &c, 1) == 0);       /* no writer: end of file */

    if (fork() == 0) {
        int out = open(FIFO, O_WRONLY | O_NONBLOCK);
        if (out == -1)
            _exit(1);
        if (write(out, "!", 1) != 1)
            _exit(1);
        _exit(0);
    }
    wait(&status);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert(read(in, &c, 1) == 1 && c == '!');
    close(in);
    assert(open(FIFO, O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO);
    unlink(FIFO);
    return 0;
}
