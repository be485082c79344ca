// Producer/consumer: ring in a shared memory object, two named semaphores
//@ expect holds;
#include <assert.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOTS 2
#define ITEMS 3
#define CHECK(cond, what) do { if (!(cond)) { perror(what); exit(1); } } while (0)

typedef struct { int slot[SLOTS]; } ring_t;

static const char *ring_name = "/ring";
static const char *free_name = "/ring_free";
static const char *used_name = "/ring_used";

static void producer(void)
{
    int fd = shm_open(ring_name, O_RDWR, 0);
    CHECK(fd >= 0, "shm_open");
    ring_t *r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(r != MAP_FAILED, "mmap");
    sem_t *fre = sem_open(free_name, 0), *used = sem_open(used_name, 0);
    CHECK(fre != SEM_FAILED && used != SEM_FAILED, "sem_open");
    for (int i = 0; i < ITEMS; i++) {
        sem_wait(fre);
        r->slot[i % SLOTS] = 7 * (i + 1);
        sem_post(used);
    }
    exit(0);
}

int main(void)
{
    shm_unlink(ring_name); sem_unlink(free_name); sem_unlink(used_name);
    int fd = shm_open(ring_name, O_CREAT | O_RDWR, 0600);
    CHECK(fd >= 0, "shm_open");
    CHECK(ftruncate(fd, sizeof(ring_t)) == 0, "ftruncate");
    ring_t *r = mmap(NULL, sizeof *r, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(r != MAP_FAILED, "mmap");
    sem_t *fre = sem_open(free_name, O_CREAT, 0600, SLOTS);
    sem_t *used = sem_open(used_name, O_CREAT, 0600, 0);
    CHECK(fre != SEM_FAILED && used != SEM_FAILED, "sem_open");

    pid_t pid = fork();
    CHECK(pid >= 0, "fork");
    if (pid == 0)
        producer();

    for (int i = 0; i < ITEMS; i++) {
        sem_wait(used);
        int item = r->slot[i % SLOTS];
        sem_post(fre);
        assert(item == 7 * (i + 1));
    }
    int st;
    waitpid(pid, &st, 0);
    assert(WIFEXITED(st) && WEXITSTATUS(st) == 0);
    shm_unlink(ring_name); sem_unlink(free_name); sem_unlink(used_name);
    printf("%d items received in order\n", ITEMS);
    return 0;
}
