//@ expect race in 6 steps;
/* Two processes count visitors in a file that both have mapped. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int fd = open("visitors", O_RDWR | O_CREAT, 0644);
    ftruncate(fd, 1);
    char *count = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (count == MAP_FAILED)
        return 1;
    if (fork() == 0) {
        ++*count;
        return 0;
    }
    ++*count;
    wait(NULL);
    printf("%d visitors\n", *count);
    return 0;
}
