/*
 * After fork() each process has its own copy of the globals, of the
 * stack and of the heap.
 */
//@ expect holds;
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <unistd.h>
#include <sys/wait.h>

static int global = 10;

int main(void) {
  int local = 20;
  int *heap = malloc(sizeof *heap);
  if (!heap) { perror("malloc"); return 1; }
  *heap = 30;

  switch (fork()) {
  case -1:
    perror("fork");
    return 1;
  case 0:
    global += 1;
    local += 2;
    *heap += 3;
    assert(global == 11 && local == 22 && *heap == 33);
    printf("child : %d %d %d\n", global, local, *heap);
    exit(EXIT_SUCCESS);
  default:
    global += 100;
  }

  int st;
  wait(&st);
  assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
  assert(global == 110);
  assert(local == 20);
  assert(*heap == 30);
  printf("parent: %d %d %d\n", global, local, *heap);
  free(heap);
  return 0;
}
