/* Synchronise parent and child with a process-shared semaphore:
   the parent may print the result only when the child has computed it. */
//@ expect deadlock;
#include <assert.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

sem_t done;
int *result;

int main(void) {
  if (sem_init(&done, 1, 0) < 0) {
    perror("sem_init");
    exit(1);
  }
  result = mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (result == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }

  pid_t pid = fork();
  if (pid == 0) {
    *result = 6 * 7;
    sem_post(&done);
    _exit(0);
  }
  if (pid == -1) {
    perror("fork");
    exit(1);
  }

  sem_wait(&done);
  printf("result %d\n", *result);
  assert(*result == 42);
  waitpid(pid, NULL, 0);
  sem_destroy(&done);
  return 0;
}
