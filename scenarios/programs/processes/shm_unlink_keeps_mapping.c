/* shm_unlink removes the name; the memory lives as long as it is mapped. */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "/keeps_mapping"

int main(void)
{
	int fd, st;
	long *p;

	fd = shm_open(NAME, O_RDWR | O_CREAT, S_IRUSR | S_IWUSR);
	if (fd < 0) {
		perror("shm_open");
		return 1;
	}
	if (ftruncate(fd, sizeof *p) < 0) {
		perror("ftruncate");
		return 1;
	}
	p = mmap(NULL, sizeof *p, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	close(fd);
	assert(shm_unlink(NAME) == 0);

	*p = 1;
	pid_t pid = fork();
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	if (pid == 0) {
		/* the name is gone ... */
		assert(shm_open(NAME, O_RDWR, 0) == -1);
		assert(errno == ENOENT);
		/* ... but the inherited mapping still works */
		assert(*p == 1);
		*p = 2;
		_exit(0);
	}
	waitpid(pid, &st, 0);
	assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
	assert(*p == 2);
	printf("p = %ld\n", *p);
	munmap(p, sizeof *p);
	return 0;
}
