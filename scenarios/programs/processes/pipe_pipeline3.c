/* generator | square | sum */
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define N 3

static void fail(const char *s) { perror(s); exit(1); }

static void generator(int out)
{
    for (int i = 1; i <= N; i++)
        if (write(out, &i, sizeof i) != sizeof i)
            fail("generator: write");
    close(out);
}

static void square(int in, int out)
{
    int x;
    while (read(in, &x, sizeof x) == sizeof x) {
        x = x * x;
        if (write(out, &x, sizeof x) != sizeof x)
            fail("square: write");
    }
    close(in);
    close(out);
}

int main(void)
{
    int a[2], b[2];
    if (pipe(a) < 0) fail("pipe");

    pid_t p1 = fork();
    if (p1 < 0) fail("fork");
    if (p1 == 0) {
        close(a[0]);
        generator(a[1]);
        _exit(0);
    }
    close(a[1]);

    if (pipe(b) < 0) fail("pipe");
    pid_t p2 = fork();
    if (p2 < 0) fail("fork");
    if (p2 == 0) {
        close(b[0]);
        square(a[0], b[1]);
        _exit(0);
    }
    close(a[0]);
    close(b[1]);

    int x, sum = 0, count = 0;
    while (read(b[0], &x, sizeof x) == sizeof x) {
        count++;
        assert(x == count * count);
        sum += x;
    }
    close(b[0]);

    int st1, st2;
    assert(waitpid(p1, &st1, 0) == p1 && WIFEXITED(st1) && WEXITSTATUS(st1) == 0);
    assert(waitpid(p2, &st2, 0) == p2 && WIFEXITED(st2) && WEXITSTATUS(st2) == 0);
    assert(count == N);
    assert(sum == 14);
    printf("sum = %d\n", sum);
    return 0;
}
