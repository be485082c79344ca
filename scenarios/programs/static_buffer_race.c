/*
 * A helper function returns a pointer to its static local buffer, as old
 * library functions do, and two threads call it at the same time.
 * Both write into the same buffer without a lock, which is a data race.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <pthread.h>

char *digit_to_string(int d)
{
    static char buf[2];

    buf[0] = (char)('0' + d);
    buf[1] = '\0';
    return buf;
}

void *printer(void *arg)
{
    int d = *(int *)arg;

    puts(digit_to_string(d));
    return NULL;
}

int main(void)
{
    pthread_t t1, t2;
    int a = 4, b = 7;

    if (pthread_create(&t1, NULL, printer, &a) != 0)
        exit(1);
    if (pthread_create(&t2, NULL, printer, &b) != 0)
        exit(1);
    pthread_join(t1, NULL);
    pthread_join(t2, NULL);
    return 0;
}
