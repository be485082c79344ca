/* One server, two clients. A request says who asks; each client has a FIFO for its answer. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 2
#define SERVER "/tmp/squares"

static const char *const answers[CLIENTS] = {"/tmp/answer0", "/tmp/answer1"};

struct request {
    int client;
    int number;
};

static void client(int me)
{
    struct request r = {me, me + 3};
    int result;

    int out = open(SERVER, O_WRONLY);
    if (out == -1)
        _exit(1);
    if (write(out, &r, sizeof r) != sizeof r)   /* less than PIPE_BUF: in one piece */
        _exit(1);
    close(out);

    int in = open(answers[me], O_RDONLY);
    if (in == -1)
        _exit(1);
    if (read(in, &result, sizeof result) != sizeof result)
        _exit(1);
    _exit(result == (me + 3) * (me + 3) ? 0 : 2);
}

int main(void)
{
    unlink(SERVER);
    if (mkfifo(SERVER, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        unlink(answers[i]);
        if (mkfifo(answers[i], 0600) == -1) {
            perror("mkfifo");
            exit(1);
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        if (fork() == 0)
            client(i);

    /* O_RDWR: there is always a writer, so read() waits for the next client */
    int in = open(SERVER, O_RDWR);
    if (in == -1) {
        perror("open");
        exit(1);
    }
    for (int i = 0; i < CLIENTS; i++) {
        struct request r;
        if (read(in, &r, sizeof r) != sizeof r)
            exit(1);
        int square = r.number * r.number;
        int out = open(answers[r.client], O_WRONLY);
        if (out == -1)
            exit(1);
        write(out, &square, sizeof square);
        close(out);
    }
    close(in);

    for (int i = 0; i < CLIENTS; i++) {
        int status;
        wait(&status);
        assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    unlink(SERVER);
    for (int i = 0; i < CLIENTS; i++)
        unlink(answers[i]);
    return 0;
}
