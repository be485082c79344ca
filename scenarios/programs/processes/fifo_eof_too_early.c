/* Collect what two writers send until the end of file. But that comes whenever nobody has the
   FIFO open to write, and the second writer may not have opened it yet: its letter is lost. */
//@ expect error assertion;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIFO "/tmp/collect_early"

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
    int count = 0;

    unlink(FIFO);
    if (mkfifo(FIFO, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    for (int i = 0; i < 2; i++)
        if (fork() == 0)
            writer('a' + i);

    int in = open(FIFO, O_RDONLY);
    if (in == -1) {
        perror("open");
        exit(1);
    }
    while (read(in, &c, 1) == 1)
        count++;
    wait(NULL);
    wait(NULL);
    close(in);
    unlink(FIFO);
    assert(count == 2);
    return 0;
}
