#include <stdio.h>
#include <stdlib.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "sensor.h"

int main(void)
{
    struct stat st;
    sensor_t *s;
    int fd, i, sum = 0;

    while ((fd = shm_open(SENSOR_SHM, O_RDWR, 0666)) == -1) {
        if (errno != ENOENT) {
            perror("shm_open");
            exit(1);
        }
        sleep(1);
    }
    for (;;) {
        if (fstat(fd, &st) == -1) {
            perror("fstat");
            exit(1);
        }
        if (st.st_size >= (off_t)sizeof(sensor_t))
            break;
        sleep(1);
    }
    s = mmap(NULL, sizeof(sensor_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    while (atomic_load(&s->ready) == 0)
        sleep(1);
    for (i = 0; i < SAMPLES; i++)
        sum += s->sample[i];
    printf("monitor: sum %d\n", sum);
    assert(sum == 18);
    munmap(s, sizeof(sensor_t));
    close(fd);
    shm_unlink(SENSOR_SHM);
    return 0;
}
