//@ expect holds states 17 transitions 16;
/* A child writes into a file through a mapping; the parent reads it with read. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 8

int main(void)
{
    char buffer[SIZE];
    int fd = open("greeting", O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (fd < 0 || ftruncate(fd, SIZE) < 0)
        exit(1);
    char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    if (fork() == 0) {
        strcpy(p, "hello");
        msync(p, SIZE, MS_SYNC);
        munmap(p, SIZE);
        return 0;
    }
    wait(NULL);
    assert(read(fd, buffer, SIZE) == SIZE && strcmp(buffer, "hello") == 0);
    munmap(p, SIZE);
    close(fd);
    return 0;
}
