#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
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
    int in, out, i;

    if (mkfifo(REQ_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo req");
        exit(1);
    }
    if (mkfifo(REP_FIFO, 0600) == -1 && errno != EEXIST) {
        perror("mkfifo rep");
        exit(1);
    }
    out = open(REQ_FIFO, O_WRONLY);
    if (out == -1) {
        perror("open req");
        exit(1);
    }
    in = open(REP_FIFO, O_RDONLY);
    if (in == -1) {
        perror("open rep");
        exit(1);
    }
    for (i = 1; i <= 2; i++) {
        rq.a = i;
        rq.b = 10 * i;
        if (write(out, &rq, sizeof(rq)) != sizeof(rq)) {
            perror("write");
            exit(1);
        }
        if (read(in, &rp, sizeof(rp)) != sizeof(rp)) {
            perror("read");
            exit(1);
        }
        printf("%d + %d = %d\n", rq.a, rq.b, rp.result);
        assert(rp.result == 11 * i);
    }
    close(out);
    close(in);
    return 0;
}
