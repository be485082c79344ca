//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <assert.h>
#include <sys/types.h>
#include <sys/wait.h>

/* child sends its lucky number to the parent */
int main(void)
{
	int fd[2];
	int number = 0;
	pid_t pid;

	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(1);
	}

	if (pipe(fd) < 0) {
		perror("pipe");
		exit(1);
	}

	if (pid == 0) {
		number = 13;
		write(fd[1], &number, sizeof number);
		exit(0);
	} else {
		read(fd[0], &number, sizeof number);
		printf("lucky number: %d\n", number);
		assert(number == 13);
		wait(NULL);
	}

	close(fd[0]);
	close(fd[1]);
	return 0;
}
