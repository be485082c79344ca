/* A pipe that holds one byte is a lock: read = acquire, write = release. */
//@ expect holds;
#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define KIDS  2
#define TIMES 2

static int lock_pipe[2];

static void acquire(void)
{
  char t;
  if (read (lock_pipe[0], &t, 1) != 1)
    _exit (1);
  assert (t == 'T');
}

static void release(void)
{
  char t = 'T';
  if (write (lock_pipe[1], &t, 1) != 1)
    _exit (1);
}

int main(void)
{
  int *counter = mmap (NULL, sizeof *counter, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (counter == MAP_FAILED || pipe (lock_pipe) < 0)
    {
      perror ("setup");
      exit (1);
    }
  *counter = 0;
  release ();

  for (int k = 0; k < KIDS; k++)
    switch (fork ())
      {
      case -1:
        perror ("fork");
        exit (1);
      case 0:
        for (int i = 0; i < TIMES; i++)
          {
            acquire ();
            int old = *counter;
            sched_yield ();
            *counter = old + 1;
            release ();
          }
        _exit (0);
      }

  for (int k = 0; k < KIDS; k++)
    {
      int st;
      wait (&st);
      assert (WIFEXITED (st) && WEXITSTATUS (st) == 0);
    }
  printf ("counter = %d\n", *counter);
  assert (*counter == KIDS * TIMES);
  munmap (counter, sizeof *counter);
  return 0;
}
