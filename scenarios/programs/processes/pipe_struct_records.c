//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct record {
	int  id;
	int  mark;
	char name[8];
};

static const struct record class[] = {
	{ 1, 70, "ann" },
	{ 2, 55, "bob" },
	{ 3, 85, "eve" },
};
#define NREC ((int)(sizeof class / sizeof class[0]))

int main(void)
{
	int fd[2];
	if (pipe(fd) < 0) {
		perror("pipe");
		return 1;
	}

	pid_t writer = fork();
	if (writer < 0) {
		perror("fork");
		return 1;
	}
	if (writer == 0) {
		int i;
		close(fd[0]);
		for (i = 0; i < NREC; i++) {
			struct record r = class[i];
			if (write(fd[1], &r, sizeof r) != sizeof r)
				_exit(1);
		}
		close(fd[1]);
		_exit(0);
	}

	struct record got;
	int n = 0, total = 0, st;
	close(fd[1]);
	while (read(fd[0], &got, sizeof got) == sizeof got) {
		assert(n < NREC);
		assert(got.id == n + 1);
		assert(got.mark == class[n].mark);
		assert(strcmp(got.name, class[n].name) == 0);
		total += got.mark;
		n++;
	}
	close(fd[0]);
	waitpid(writer, &st, 0);
	assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
	assert(n == NREC);
	assert(total / n == 70);
	printf("average mark %d\n", total / n);
	return 0;
}
