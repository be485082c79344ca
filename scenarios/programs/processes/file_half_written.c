/* A reader must see the old settings or the new ones. But O_TRUNC empties the file first, and what
   is written comes in two parts. */
//@ expect error assertion;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/settings2"

static void put(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd == -1)
        _exit(1);
    write(fd, text, 2);
    write(fd, text + 2, 2);
    close(fd);
}

int main(void)
{
    char text[8];

    put(NAME, "oldd");
    pid_t pid = fork();
    if (pid == 0) {
        put(NAME, "neww");
        _exit(0);
    }
    int fd = open(NAME, O_RDONLY);
    assert(fd >= 0);
    assert(read(fd, text, 8) == 4);
    close(fd);
    waitpid(pid, NULL, 0);
    unlink(NAME);
    return 0;
}
