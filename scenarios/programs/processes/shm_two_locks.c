/* Two forks, two philosophers */
//@ expect deadlock;
#include <fcntl.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *fork_name[2] = { "/fork_a", "/fork_b" };

static void philosopher(int i, sem_t *left, sem_t *right)
{
  sem_wait(left);
  sched_yield();
  sem_wait(right);
  printf("philosopher %d eats\n", i);
  fflush(stdout);
  sem_post(right);
  sem_post(left);
}

int main(void)
{
  sem_t *f[2];
  int i;

  for (i = 0; i < 2; i++)
    {
      sem_unlink(fork_name[i]);
      f[i] = sem_open(fork_name[i], O_CREAT | O_EXCL, 0600, 1);
      if (f[i] == SEM_FAILED)
        {
          perror(fork_name[i]);
          exit(1);
        }
      sem_unlink(fork_name[i]);
    }

  for (i = 0; i < 2; i++)
    {
      pid_t p = fork();
      if (p < 0)
        {
          perror("fork");
          exit(1);
        }
      if (p == 0)
        {
          philosopher(i, f[i], f[(i + 1) % 2]);
          exit(0);
        }
    }

  for (i = 0; i < 2; i++)
    wait(NULL);
  for (i = 0; i < 2; i++)
    sem_close(f[i]);
  printf("dinner is over\n");
  return 0;
}
