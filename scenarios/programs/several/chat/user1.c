/* Each opens its FIFO to read first, and waits for the other to open it to write. */
//@ with "user2.c";
//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/stat.h>

#define FIFO1 "/tmp/fifo1"      /* user1 -> user2 */
#define FIFO2 "/tmp/fifo2"      /* user2 -> user1 */
#define LEN 16

int main(void)
{
    char buf[LEN];
    int fdr, fdw;

    if (mkfifo(FIFO1, 0666) < 0 && errno != EEXIST) { perror("mkfifo"); exit(1); }
    if (mkfifo(FIFO2, 0666) < 0 && errno != EEXIST) { perror("mkfifo"); exit(1); }

    fdr = open(FIFO2, O_RDONLY);
    if (fdr < 0) { perror("open read"); exit(1); }
    fdw = open(FIFO1, O_WRONLY);
    if (fdw < 0) { perror("open write"); exit(1); }

    memset(buf, 0, LEN);
    strcpy(buf, "hi");
    if (write(fdw, buf, LEN) != LEN) { perror("write"); exit(1); }
    if (read(fdr, buf, LEN) != LEN) { perror("read"); exit(1); }
    printf("user2 says: %s\n", buf);

    close(fdr);
    close(fdw);
    return 0;
}
