#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <semaphore.h>

#define JOURNAL "/tmp/journal"
#define DONE    "/done"

int main(void)
{
    const char *entry = "app2 ok\n";
    sem_t *done;
    int fd;

    done = sem_open(DONE, O_CREAT, 0644, 0);
    if (done == SEM_FAILED) {
        perror("sem_open");
        exit(1);
    }
    fd = open(JOURNAL, O_CREAT | O_WRONLY, 0644);
    if (fd < 0) {
        perror("open");
        exit(1);
    }
    /* go to the end of the journal and add our entry */
    if (lseek(fd, 0, SEEK_END) == -1) {
        perror("lseek");
        exit(1);
    }
    if (write(fd, entry, strlen(entry)) == -1) {
        perror("write");
        exit(1);
    }
    close(fd);
    sem_post(done);
    sem_close(done);
    return 0;
}
