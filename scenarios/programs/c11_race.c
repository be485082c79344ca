/*
 * Two C11 threads look for the maximum of two halves of an array and store it
 * in a global variable without a lock.
 * The comparison and the assignment of one thread race with those of the
 * other one.
 */
//@ expect race;

#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#define LEN 4

static const int a[LEN] = { 3, 8, 5, 9 };
static int max = -1;

static int find_max(void *arg)
{
    int from = *(int *)arg;

    for (int i = from; i < from + LEN / 2; i++)
        if (a[i] > max)
            max = a[i];
    return 0;
}

int main(void)
{
    thrd_t left, right;
    int l = 0, r = LEN / 2;

    if (thrd_create(&left, find_max, &l) != thrd_success)
        return EXIT_FAILURE;
    if (thrd_create(&right, find_max, &r) != thrd_success)
        return EXIT_FAILURE;
    thrd_join(left, NULL);
    thrd_join(right, NULL);
    printf("maximum: %d\n", max);
    return EXIT_SUCCESS;
}
