/* measure OUT COMMAND...: runs the command and writes to OUT, as JSON, its exit code, wall-clock and
 * CPU seconds and its peak resident memory in bytes.
 *
 * Why not from Python: the kernel lets a process keep the peak of the program it was forked from, and
 * an interpreter of 10 MB would hide what a small search needs. This one has well under 2 MB. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double Now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double Seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure OUT COMMAND...\n");
    return 2;
  }
  const double start = Now();
  const pid_t child = fork();
  if (child < 0) {
    perror("measure: fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  struct rusage usage;
  if (wait4(child, &status, 0, &usage) < 0) {
    perror("measure: wait4");
    return 2;
  }
  const double wall = Now() - start;
  FILE *out = fopen(argv[1], "w");
  if (out == NULL) {
    perror(argv[1]);
    return 2;
  }
  fprintf(out, "{\"exit\": %d, \"wall\": %.6f, \"cpu\": %.6f, \"rss\": %ld}\n",
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), wall,
          Seconds(usage.ru_utime) + Seconds(usage.ru_stime), usage.ru_maxrss * 1024L);
  return fclose(out) == 0 ? 0 : 2;
}
