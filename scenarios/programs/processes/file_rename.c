/* A reader must see the old settings or the new ones, never half of them: write another file and
   rename it. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/settings"
#define NEXT "/tmp/settings.new"

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
        put(NEXT, "neww");
        rename(NEXT, NAME);
        _exit(0);
    }
    int fd = open(NAME, O_RDONLY);
    assert(fd >= 0);
    assert(read(fd, text, 8) == 4);
    assert(strncmp(text, "oldd", 4) == 0 || strncmp(text, "neww", 4) == 0);
    close(fd);
    waitpid(pid, NULL, 0);
    unlink(NAME);
    return 0;
}
