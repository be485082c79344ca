//@ expect error misuse;
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

#define ITEMS 3

/* the consumer looks for the value 20 and is done as soon as it finds it */
static void consumer(int in)
{
    int v;
    while (read(in, &v, sizeof(v)) == sizeof(v)) {
        if (v == 20) {
            printf("found it\n");
            exit(0);
        }
    }
    exit(1);
}

int main(void)
{
    int items[ITEMS] = { 10, 20, 30 };
    int p[2];
    if (pipe(p) < 0) { perror("pipe"); exit(2); }

    pid_t pid = fork();
    if (pid < 0) { perror("fork"); exit(2); }
    if (pid == 0) {
        close(p[1]);
        consumer(p[0]);
    }

    close(p[0]);
    for (int i = 0; i < ITEMS; i++) {
        if (write(p[1], &items[i], sizeof(int)) != sizeof(int)) {
            perror("write");
            exit(2);
        }
        usleep(200);
    }
    close(p[1]);

    int st;
    waitpid(pid, &st, 0);
    printf("consumer: %s\n", WIFEXITED(st) && WEXITSTATUS(st) == 0 ? "found" : "not found");
    return 0;
}
