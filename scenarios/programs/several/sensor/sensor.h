#include <stdatomic.h>
#define SENSOR_SHM "/sensor"
#define SAMPLES 3
typedef struct {
    int sample[SAMPLES];
    atomic_int ready;
} sensor_t;
