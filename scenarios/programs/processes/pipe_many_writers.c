// Three children share the write end of one pipe.
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KIDS = 3 };

int main(void) {
  int fd[2];
  if (pipe(fd) != 0) {
    perror("pipe");
    exit(1);
  }

  for (int k = 0; k < KIDS; ++k) {
    pid_t p = fork();
    if (p == -1) {
      perror("fork");
      exit(1);
    }
    if (p == 0) {
      close(fd[0]);
      unsigned char id = (unsigned char)(k + 1);
      if (write(fd[1], &id, 1) != 1)
        _exit(1);
      _exit(0);
    }
  }
  close(fd[1]); // otherwise we would never see end of file

  int times[KIDS + 1] = {0};
  int total = 0;
  unsigned char id;
  ssize_t n;
  while ((n = read(fd[0], &id, 1)) == 1) {
    assert(id >= 1 && id <= KIDS);
    times[id]++;
    total++;
  }
  assert(n == 0);
  close(fd[0]);

  int st;
  while (wait(&st) > 0)
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);

  assert(total == KIDS);
  for (int k = 1; k <= KIDS; ++k)
    assert(times[k] == 1);
  printf("every child was heard once\n");
  return 0;
}
