/* Collect what two writers send until the end of file. The parent opens the FIFO to write as well,
   so that there is no end of file before both have begun. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIFO "/tmp/collect"

static void writer(char c)
{
    int fd = open(FIFO, O_WRONLY);
    if (fd == -1 || write(fd, &c, 1) != 1)
        _exit(1);
    close(fd);
    _exit(0);
}

int main(void)
{
    char c;
    int sum = 0, count = 0, status;

    unlink(FIFO);
    if (mkfifo(FIFO, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    int in = open(FIFO, O_RDONLY | O_NONBLOCK);     /* does not wait */
    int keep = open(FIFO, O_WRONLY);
    if (in == -1 || keep == -1) {
        perror("open");
        exit(1);
    }
    fcntl(in, F_SETFL, fcntl(in, F_GETFL) & ~O_NONBLOCK);

    for (int i = 0; i < 2; i++)
        if (fork() == 0) {
            close(in);
            close(keep);
            writer('a' + i);
        }
    for (int i = 0; i < 2; i++) {
        wait(&status);
        assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    close(keep);
    while (read(in, &c, 1) == 1) {
        sum += c;
        count++;
    }
    assert(count == 2 && sum == 'a' + 'b');
    close(in);
    unlink(FIFO);
    return 0;
}
