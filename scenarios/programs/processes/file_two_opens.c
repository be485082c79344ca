/* Who opens a file twice has two offsets; dup() makes another descriptor with the same one. */
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/tmp/two_opens"

int main(void)
{
    char text[8];
    int status;

    int a = open(NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);
    int b = open(NAME, O_RDWR);
    int c = dup(a);
    if (a == -1 || b == -1 || c == -1) {
        perror("open");
        exit(1);
    }
    if (fork() == 0) {
        write(a, "one", 3);
        write(c, "two", 3);     /* behind it */
        _exit(0);
    }
    wait(&status);
    assert(lseek(a, 0, SEEK_CUR) == 6 && lseek(c, 0, SEEK_CUR) == 6);
    assert(lseek(b, 0, SEEK_CUR) == 0);
    write(b, "ONE", 3);         /* over it */
    assert(pread(a, text, sizeof text, 0) == 6);
    assert(strncmp(text, "ONEtwo", 6) == 0);
    close(a);
    assert(lseek(c, -3, SEEK_CUR) == 3);
    assert(read(c, text, sizeof text) == 3 && strncmp(text, "two", 3) == 0);
    close(b);
    close(c);
    unlink(NAME);
    return 0;
}
