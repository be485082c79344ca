#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <unistd.h>
#include <semaphore.h>

#define LOCK   "/tmp/.lck"
#define NUMBER "/tmp/.num"
#define DONE   "/done"
