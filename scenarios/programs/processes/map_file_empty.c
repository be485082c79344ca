//@ expect error pointer in 3 steps;
/* The file is new, and nobody gave it a size: SIGBUS. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    int fd = open("state", O_RDWR | O_CREAT, 0644);
    char *p = mmap(NULL, 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    p[0] = 'x';
    munmap(p, 4);
    close(fd);
    return 0;
}
