/* A small family: one child, two grandchildren. Each reports to its own
   parent with the exit code. */
//@ expect holds;
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int reap(pid_t pid)
{
  int st;
  if (waitpid(pid, &st, 0) != pid)
    {
      perror("waitpid");
      exit(99);
    }
  assert(WIFEXITED(st));
  return WEXITSTATUS(st);
}

static pid_t spawn_leaf(int code)
{
  pid_t me = getpid();
  pid_t p = fork();
  if (p < 0)
    {
      perror("fork");
      exit(98);
    }
  if (p == 0)
    {
      assert(getpid() != me);
      assert(getppid() == me);     /* it waits for us, so it is alive */
      _exit(code);
    }
  return p;
}

int main(void)
{
  pid_t child = fork();
  if (child < 0)
    {
      perror("fork");
      return 1;
    }
  if (child == 0)
    {
      pid_t a = spawn_leaf(1);
      pid_t b = spawn_leaf(2);
      int sum = reap(b) + reap(a);
      exit(10 + sum);
    }

  assert(reap(child) == 13);
  /* grandchildren are not ours: nobody is left to wait for */
  assert(wait(NULL) == -1 && errno == ECHILD);
  puts("family reaped");
  return 0;
}
