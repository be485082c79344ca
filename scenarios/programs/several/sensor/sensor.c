/* The reader waits for the name, for the size and for a flag. */
//@ with "monitor.c";
//@ expect holds;
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "sensor.h"

int main(void)
{
    sensor_t *s;
    int fd, i;

    fd = shm_open(SENSOR_SHM, O_CREAT | O_RDWR, 0666);
    if (fd == -1) {
        perror("shm_open");
        exit(1);
    }
    if (ftruncate(fd, sizeof(sensor_t)) == -1) {
        perror("ftruncate");
        exit(1);
    }
    s = mmap(NULL, sizeof(sensor_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (s == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    for (i = 0; i < SAMPLES; i++)
        s->sample[i] = 5 + i;
    atomic_store(&s->ready, 1);
    printf("sensor: published\n");
    munmap(s, sizeof(sensor_t));
    close(fd);
    return 0;
}
