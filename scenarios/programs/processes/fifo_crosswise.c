/* Two processes and two FIFOs, one for each direction. Each opens its own one first. */
//@ expect deadlock;
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PING "/tmp/ping"
#define PONG "/tmp/pong"

static void talk(const char *out_name, const char *in_name)
{
    int out = open(out_name, O_WRONLY);
    int in = open(in_name, O_RDONLY);
    char c = 'x';
    if (out == -1 || in == -1) {
        perror("open");
        exit(1);
    }
    write(out, &c, 1);
    read(in, &c, 1);
    close(out);
    close(in);
}

int main(void)
{
    unlink(PING);
    unlink(PONG);
    if (mkfifo(PING, 0600) == -1 || mkfifo(PONG, 0600) == -1) {
        perror("mkfifo");
        exit(1);
    }
    if (fork() == 0) {
        talk(PONG, PING);       /* should open PING first, as the parent does */
        exit(0);
    }
    talk(PING, PONG);
    wait(NULL);
    unlink(PING);
    unlink(PONG);
    return 0;
}
