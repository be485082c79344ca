#include <semaphore.h>
#define BANK "/bank"
#define FIN  "/fin"
#define START 100
struct account {
    sem_t lock;
    int balance;
};
