/* POSIX shared memory: the parent creates the object, the child opens it
   by its name and leaves a message. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/hello"
#define SIZE 64

static void fatal(const char *s)
{
    perror(s);
    exit(1);
}

static char *attach(int flags)
{
    int fd = shm_open(NAME, flags, 0600);
    if (fd < 0) fatal("shm_open");
    if ((flags & O_CREAT) && ftruncate(fd, SIZE) < 0) fatal("ftruncate");
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) fatal("mmap");
    close(fd);
    return p;
}

int main(void)
{
    char *text = attach(O_CREAT | O_RDWR);
    text[0] = '\0';

    pid_t pid = fork();
    if (pid < 0) fatal("fork");
    if (pid == 0) {
        char *mine = attach(O_RDWR);
        strcpy(mine, "hi dad");
        munmap(mine, SIZE);
        exit(0);
    }

    int st;
    if (waitpid(pid, &st, 0) < 0) fatal("waitpid");
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
    assert(strcmp(text, "hi dad") == 0);
    printf("%s\n", text);
    munmap(text, SIZE);
    assert(shm_unlink(NAME) == 0);
    return 0;
}
