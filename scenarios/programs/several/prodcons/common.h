#ifndef COMMON_H
#define COMMON_H
#define SHM_NAME   "/shm"
#define SEM_EMPTY  "/empty"
#define SEM_FULL   "/full"
#define SEM_MUTEX  "/mutex"
#define BUFFER_SIZE 2
#define NITEMS      3

typedef struct {
    int buffer[BUFFER_SIZE];
    int in;
    int out;
} shared_data;
#endif
