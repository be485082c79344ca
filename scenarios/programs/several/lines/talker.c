/* The reader of the FIFO has it open to write as well, so there is no end of file. */
//@ with "listener.c";
//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/stat.h>

#define MYFIFO "/tmp/myfifo"

int main(void)
{
    const char *lines[] = { "red\n", "green\n" };
    int fd, i;

    if (mkfifo(MYFIFO, 0666) == -1 && errno != EEXIST) {
        perror("mkfifo");
        exit(EXIT_FAILURE);
    }
    fd = open(MYFIFO, O_WRONLY);
    if (fd == -1) {
        perror("open");
        exit(EXIT_FAILURE);
    }
    for (i = 0; i < 2; i++) {
        if (write(fd, lines[i], strlen(lines[i])) == -1) {
            perror("write");
            exit(EXIT_FAILURE);
        }
    }
    close(fd);
    return 0;
}
