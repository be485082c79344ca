/*
 * ex3.c - the child counts the characters it gets from the parent
 */
//@ expect deadlock;
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/types.h>
#include <sys/wait.h>

int main(int argc, char *argv[])
{
  int   fds[2];
  pid_t pid;
  char  c;
  int   count = 0;
  int   status;
  char *text = "abc";

  if (pipe(fds) < 0) {
    perror("pipe");
    exit(1);
  }

  pid = fork();
  if (pid < 0) {
    perror("fork");
    exit(1);
  }

  if (pid == 0) {
    /* child: read until end of file */
    while (read(fds[0], &c, 1) > 0)
      count++;
    close(fds[0]);
    exit(count);
  }

  /* parent */
  close(fds[0]);
  write(fds[1], text, strlen(text));
  close(fds[1]);

  wait(&status);
  printf("the child counted %d characters\n", WEXITSTATUS(status));
  return 0;
}
