/* Redirect the child's standard output into a pipe (like a shell does) */
//@ expect holds;
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void error(const char *msg) {
  perror(msg);
  exit(1);
}

int main(void) {
  int p[2];
  char out[32];
  size_t used = 0;
  ssize_t n;
  int status;

  if (pipe(p) == -1) error("pipe");
  pid_t child = fork();
  if (child == -1) error("fork");

  if (child == 0) {
    if (dup2(p[1], STDOUT_FILENO) == -1) error("dup2");
    close(p[0]);
    close(p[1]);
    /* looks like a program that knows nothing about pipes */
    if (write(STDOUT_FILENO, "answer", 6) != 6) _exit(1);
    if (write(STDOUT_FILENO, "=42", 3) != 3) _exit(1);
    _exit(0);
  }

  close(p[1]);
  while ((n = read(p[0], out + used, sizeof(out) - 1 - used)) > 0) used += n;
  if (n == -1) error("read");
  out[used] = 0;
  close(p[0]);

  assert(waitpid(child, &status, 0) == child);
  assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert(used == 9);
  assert(strcmp(out, "answer=42") == 0);
  printf("child printed: %s\n", out);
  return 0;
}
