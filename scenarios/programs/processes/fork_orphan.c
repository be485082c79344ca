/* Who is my parent? */
//@ expect error assertion;
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

int main(void)
{
    pid_t parent = getpid();
    pid_t pid;

    pid = fork();
    if (pid == -1)
    {
        perror("fork");
        exit(1);
    }

    if (pid == 0)
    {
        int i;
        for (i = 0; i < 2; i++)
            sched_yield();
        assert(getppid() == parent);
        printf("child %ld has parent %ld\n", (long)getpid(), (long)getppid());
        exit(0);
    }
    else
    {
        printf("parent %ld has child %ld\n", (long)parent, (long)pid);
    }
    return 0;
}
