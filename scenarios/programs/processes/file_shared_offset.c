/* A descriptor that was open before fork() has one offset for both: nobody overwrites, nobody reads
   what the other one has read. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/shared_offset"

int main(void)
{
    char c = 0, text[4];
    int status;

    int fd = open(NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd == -1) {
        perror("open");
        exit(1);
    }
    if (fork() == 0) {
        write(fd, "c", 1);
        _exit(0);
    }
    write(fd, "p", 1);
    wait(NULL);
    assert(lseek(fd, 0, SEEK_CUR) == 2);
    assert(pread(fd, text, 4, 0) == 2);
    assert((text[0] == 'c' && text[1] == 'p') || (text[0] == 'p' && text[1] == 'c'));

    lseek(fd, 0, SEEK_SET);
    if (fork() == 0) {
        if (read(fd, &c, 1) != 1)
            _exit(0);
        _exit(c);
    }
    assert(read(fd, &c, 1) == 1);
    wait(&status);
    assert(c + WEXITSTATUS(status) == 'c' + 'p');
    close(fd);
    unlink(NAME);
    return 0;
}
