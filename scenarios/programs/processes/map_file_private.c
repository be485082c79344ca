//@ expect error assertion in 4 steps;
/* MAP_PRIVATE instead of MAP_SHARED: what is written never comes into the file. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
    char c;
    int fd = open("config", O_RDWR | O_CREAT, 0644);
    write(fd, "mode=a", 6);
    char *p = mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED)
        return 1;
    p[5] = 'b';
    munmap(p, 6);
    pread(fd, &c, 1, 5);
    assert(c == 'b');
    return 0;
}
