//@ expect holds states 9 transitions 8;
/* Memory for all comes from a function that does not say what is in it. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void *share(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        exit(1);
    return p;
}

int main(void)
{
    int *result = share(sizeof(int));
    if (fork() == 0) {
        *result = 5;
        return 0;
    }
    wait(NULL);
    assert(*result == 5);
    munmap(result, sizeof(int));
    return 0;
}
