// The child computes a result record and the parent prints it.
//@ expect error pointer;
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    int min;
    int max;
} result_t;

static result_t *result = NULL;
static int data[4] = {4, 9, 2, 7};

static void compute(void) {
    result = malloc(sizeof(result_t));
    if (result == NULL) {
        perror("malloc");
        exit(2);
    }
    result->min = result->max = data[0];
    for (int i = 1; i < 4; i++) {
        if (data[i] < result->min) result->min = data[i];
        if (data[i] > result->max) result->max = data[i];
    }
}

int main(void) {
    pid_t pid = fork();
    if (pid == -1) {
        perror("fork");
        return 1;
    }
    if (pid == 0) {
        compute();
        exit(0);
    }

    int status;
    if (waitpid(pid, &status, 0) == -1) {
        perror("waitpid");
        return 1;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        printf("min = %d, max = %d\n", result->min, result->max);
    return 0;
}
