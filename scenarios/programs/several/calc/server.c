/* Requests and replies over two FIFOs, which both sides open in the same order. */
//@ with "client.c";
//@ expect holds;
#include <stdio.h>
#include <stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/stat.h>
#include "calc.h"

int main(void)
{
    struct request rq;
    struct reply rp;
    int in, out;

    if (mkfifo(REQ_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo req");
        exit(1);
    }
    if (mkfifo(REP_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo rep");
        exit(1);
    }
    in = open(REQ_FIFO, O_RDONLY);
    if (in == -1) {
        perror("open req");
        exit(1);
    }
    out = open(REP_FIFO, O_WRONLY);
    if (out == -1) {
        perror("open rep");
        exit(1);
    }
    while (read(in, &rq, sizeof(rq)) == sizeof(rq)) {
        rp.result = rq.a + rq.b;
        if (write(out, &rp, sizeof(rp)) != sizeof(rp)) {
            perror("write");
            exit(1);
        }
    }
    printf("server: client gone\n");
    close(in);
    close(out);
    unlink(REQ_FIFO);
    unlink(REP_FIFO);
    return 0;
}
