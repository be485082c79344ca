#include <semaphore.h>
#define MBOX  "/mbox"
#define READY "/ready"
#define TEXT  8
#define NMSG  2
struct mailbox {
    sem_t full;
    sem_t empty;
    char text[TEXT];
};
