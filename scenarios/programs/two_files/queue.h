/* A queue of numbers that threads share. */
#ifndef QUEUE_H
#define QUEUE_H

#define QUEUE_SIZE 2

void queue_open(void);
void queue_put(int item);
int queue_take(void);

#endif
