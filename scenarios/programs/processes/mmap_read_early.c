// sharing a whole struct with the child process
//@ expect race;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct Point {
    int x;
    int y;
} Point;

static Point *new_shared_point(void)
{
    void *p = mmap(NULL, sizeof(Point), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return p;
}

int main(void)
{
    Point *pt = new_shared_point();
    pid_t pid = fork();

    if (pid < 0) {
        perror("fork");
        exit(1);
    }
    if (pid == 0) {
        pt->x = 3;
        pt->y = 4;
        exit(0);
    }

    usleep(100);   /* let the child go first */
    int d2 = pt->x * pt->x + pt->y * pt->y;
    wait(NULL);

    printf("distance squared: %d\n", d2);
    assert(d2 == 25);
    munmap(pt, sizeof(Point));
    return 0;
}
