#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/stat.h>

#define MYFIFO "/tmp/myfifo"

int main(void)
{
    char buf[16];
    ssize_t n;
    int fd, total = 0;

    if (mkfifo(MYFIFO, 0666) == -1 && errno != EEXIST) {
        perror("mkfifo");
        exit(EXIT_FAILURE);
    }
    fd = open(MYFIFO, O_RDWR);
    if (fd == -1) {
        perror("open");
        exit(EXIT_FAILURE);
    }
    while ((n = read(fd, buf, sizeof(buf) - 1)) > 0) {
        buf[n] = '\0';
        printf("%s", buf);
        total += n;
    }
    if (n == -1) {
        perror("read");
        exit(EXIT_FAILURE);
    }
    close(fd);
    unlink(MYFIFO);
    printf("%d bytes\n", total);
    assert(total == 10);
    return 0;
}
