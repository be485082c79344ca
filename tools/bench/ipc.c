/* ipc TRANSPORT MESSAGES SIZE FOLDER: one process sends messages of SIZE bytes to another one,
 * which looks at each. Prints what that cost, of both together, as JSON: seconds by the clock and
 * of processors, system calls (counted where they are made), bytes copied between user and kernel,
 * and what getrusage(2) counts.
 *
 * The transports: `shm`, a ring in memory that both map, whose reader and writer sleep on a futex
 * when it is empty or full; `mapped_file`, the same ring in a file; `pipe`; `fifo`; `file`, to
 * which one appends and which the other reads, trying again at its end. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kSlots = 64, kMostSize = 4096, kLooks = 1000 };

/* How many were written or read, and whether somebody sleeps until there are more. */
struct Counter {
  _Atomic uint32_t count, is_waited_for;
};

struct Ring {
  _Alignas(64) struct Counter written;
  _Alignas(64) struct Counter read;
  _Alignas(64) char slots[kSlots][kMostSize];
};

/* Of one process; the reader's lie in shared memory, where the writer adds its own. */
struct Cost {
  long calls;
  long bytes_copied;
};

static struct Cost cost;

static void Fail(const char* what) {
  perror(what);
  exit(1);
}

static void Check(const char* message, long number) {
  long seen;
  memcpy(&seen, message, sizeof seen);
  if (seen == number) return;
  fprintf(stderr, "ipc: message %ld came where %ld was due\n", seen, number);
  exit(1);
}

/* Until there are more than `seen`: looks a while, and then sleeps. */
static void WaitFor(struct Counter* counter, uint32_t seen) {
  for (int i = 0; i < kLooks; i++) {
    if (atomic_load(&counter->count) != seen) return;
  }
  atomic_store(&counter->is_waited_for, 1);
  cost.calls++;
  syscall(SYS_futex, &counter->count, FUTEX_WAIT, seen, NULL, NULL, 0);
}

static void Count(struct Counter* counter) {
  atomic_fetch_add(&counter->count, 1);
  if (atomic_load(&counter->is_waited_for) == 0) return;
  atomic_store(&counter->is_waited_for, 0);
  cost.calls++;
  syscall(SYS_futex, &counter->count, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void WriteRing(struct Ring* ring, const char* message, size_t size) {
  const uint32_t at = atomic_load(&ring->written.count);
  while (at - atomic_load(&ring->read.count) == kSlots) WaitFor(&ring->read, at - kSlots);
  memcpy(ring->slots[at % kSlots], message, size);
  Count(&ring->written);
}

static void ReadRing(struct Ring* ring, char* message, size_t size) {
  const uint32_t at = atomic_load(&ring->read.count);
  while (atomic_load(&ring->written.count) == at) WaitFor(&ring->written, at);
  memcpy(message, ring->slots[at % kSlots], size);
  Count(&ring->read);
}

static void WriteAll(int fd, const char* message, size_t size) {
  for (size_t done = 0; done < size;) {
    cost.calls++;
    const ssize_t given = write(fd, message + done, size - done);
    if (given < 0) Fail("write");
    done += (size_t)given;
  }
  cost.bytes_copied += (long)size;
}

static void ReadAll(int fd, char* message, size_t size) {
  for (size_t done = 0; done < size;) {
    cost.calls++;
    const ssize_t given = read(fd, message + done, size - done);
    if (given < 0) Fail("read");
    if (given == 0) { /* the end of a file that grows */
      cost.calls++;
      sched_yield();
    }
    done += (size_t)given;
  }
  cost.bytes_copied += (long)size;
}

static struct Ring* MapRing(const char* path) {
  int fd = -1;
  int flags = MAP_SHARED | MAP_ANONYMOUS;
  if (path != NULL) {
    fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    if (fd < 0 || ftruncate(fd, sizeof(struct Ring)) != 0) Fail(path);
    flags = MAP_SHARED;
  }
  struct Ring* const ring = mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (ring == MAP_FAILED) Fail("mmap");
  return ring;
}

static double Seconds(struct timeval t) { return (double)t.tv_sec + 1e-6 * (double)t.tv_usec; }

int main(int argc, char** argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: ipc TRANSPORT MESSAGES SIZE FOLDER\n");
    return 2;
  }
  const char* const transport = argv[1];
  const long messages = strtol(argv[2], NULL, 10);
  const size_t size = strtoul(argv[3], NULL, 10);
  if (messages < 1 || size < sizeof(long) || size > kMostSize) {
    fprintf(stderr, "ipc: at least one message, of 8 to %d bytes\n", kMostSize);
    return 2;
  }
  char path[4096];
  snprintf(path, sizeof path, "%s/messages", argv[4]);
  struct Ring* ring = NULL;
  int ends[2] = {-1, -1};
  const int is_fifo = strcmp(transport, "fifo") == 0;
  const int is_file = strcmp(transport, "file") == 0;
  if (strcmp(transport, "shm") == 0) {
    ring = MapRing(NULL);
  } else if (strcmp(transport, "mapped_file") == 0) {
    ring = MapRing(path);
  } else if (strcmp(transport, "pipe") == 0) {
    if (pipe(ends) != 0) Fail("pipe");
  } else if (is_fifo) {
    if (mkfifo(path, 0600) != 0) Fail(path);
  } else if (is_file) {
    ends[1] = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600);
    ends[0] = open(path, O_RDONLY);
    if (ends[0] < 0 || ends[1] < 0) Fail(path);
  } else {
    fprintf(stderr, "ipc: no transport `%s`\n", transport);
    return 2;
  }
  struct Cost* const of_reader =
      mmap(NULL, sizeof *of_reader, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (of_reader == MAP_FAILED) Fail("mmap");
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  static char message[kMostSize];
  const pid_t reader = fork();
  if (reader < 0) Fail("fork");
  if (reader == 0) {
    if (is_fifo) ends[0] = open(path, O_RDONLY);
    for (long i = 0; i < messages; i++) {
      if (ring != NULL)
        ReadRing(ring, message, size);
      else
        ReadAll(ends[0], message, size);
      Check(message, i);
    }
    *of_reader = cost;
    _exit(0);
  }
  if (is_fifo) ends[1] = open(path, O_WRONLY);
  for (long i = 0; i < messages; i++) {
    memcpy(message, &i, sizeof i);
    if (ring != NULL)
      WriteRing(ring, message, size);
    else
      WriteAll(ends[1], message, size);
  }
  int status = 0;
  struct rusage read_use, write_use;
  if (wait4(reader, &status, 0, &read_use) < 0) Fail("wait4");
  clock_gettime(CLOCK_MONOTONIC, &end);
  getrusage(RUSAGE_SELF, &write_use);
  if (ring == NULL || strcmp(transport, "mapped_file") == 0) unlink(path);
  if (status != 0) return 1;
  printf(
      "{\"seconds\": %.6f, \"cpu_seconds\": %.6f, \"calls\": %ld, \"bytes_copied\": %ld, "
      "\"minor_faults\": %ld, \"switches\": %ld}\n",
      (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec),
      Seconds(read_use.ru_utime) + Seconds(read_use.ru_stime) + Seconds(write_use.ru_utime) +
          Seconds(write_use.ru_stime),
      cost.calls + of_reader->calls, cost.bytes_copied + of_reader->bytes_copied,
      read_use.ru_minflt + write_use.ru_minflt, read_use.ru_nvcsw + write_use.ru_nvcsw);
  return 0;
}
