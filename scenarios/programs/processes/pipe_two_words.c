// The child sends two words, the parent receives two words.
//@ expect error assertion;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAXWORD 16

int main(void)
{
    int fd[2];
    char first[MAXWORD] = "", second[MAXWORD] = "";

    if (pipe(fd) < 0) {
        perror("pipe");
        return EXIT_FAILURE;
    }

    pid_t pid = fork();
    if (pid < 0) {
        perror("fork");
        return EXIT_FAILURE;
    }
    if (pid == 0) {
        close(fd[0]);
        write(fd[1], "left", 5);
        write(fd[1], "right", 6);
        close(fd[1]);
        _exit(0);
    }

    close(fd[1]);
    if (read(fd[0], first, MAXWORD) < 0 || read(fd[0], second, MAXWORD) < 0) {
        perror("read");
        return EXIT_FAILURE;
    }
    close(fd[0]);
    wait(NULL);

    printf("first='%s' second='%s'\n", first, second);
    assert(strcmp(first, "left") == 0);
    assert(strcmp(second, "right") == 0);
    return EXIT_SUCCESS;
}
