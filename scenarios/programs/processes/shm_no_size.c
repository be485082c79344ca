/* shared memory between parent and child, POSIX API */
//@ expect error pointer;
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

int main(void)
{
	const char *name = "/no_size";
	int fd;
	int *data;

	shm_unlink(name);		/* remove leftovers */
	fd = shm_open(name, O_CREAT | O_RDWR, 0666);
	if (fd == -1) {
		perror("shm_open");
		exit(1);
	}

	data = mmap(0, 4 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (data == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	close(fd);
	shm_unlink(name);

	if (fork() == 0) {
		for (int i = 0; i < 4; i++)
			data[i] = i + 1;
		exit(0);
	}

	wait(NULL);
	int sum = 0;
	for (int i = 0; i < 4; i++)
		sum += data[i];
	printf("sum %d\n", sum);
	return 0;
}
