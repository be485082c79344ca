//@ expect error pointer in 8 steps;
/* The page is made read only when it is filled, and a child still writes to it. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char *table = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (table == MAP_FAILED)
        return 1;
    strcpy(table, "abc");
    mprotect(table, 16, PROT_READ);
    if (fork() == 0) {
        table[0] = 'x';
        return 0;
    }
    wait(NULL);
    printf("%c\n", table[0]);
    return 0;
}
