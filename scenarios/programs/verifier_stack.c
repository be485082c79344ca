/*
 * In the manner of the tasks of the Competition on Software Verification: one
 * thread pushes what anybody may choose, the other pops. The error is reached
 * when the stack is empty, which the flag was to prevent.
 */
//@ expect error assertion;

#include <pthread.h>

extern int __VERIFIER_nondet_int(void);
extern void __VERIFIER_atomic_begin(void);
extern void __VERIFIER_atomic_end(void);
extern void abort(void);
void reach_error(void);
void assume_abort_if_not(int condition)
{
    if (!condition)
        abort();
}

int stack[2];
int top = 0;
int has_one = 0;

void *pusher(void *unused)
{
    int value = __VERIFIER_nondet_int();

    assume_abort_if_not(value > 0);
    for (int i = 0; i < 1; i++) {
        __VERIFIER_atomic_begin();
        stack[top] = value;
        top++;
        __VERIFIER_atomic_end();
        has_one = 1;
    }
    return NULL;
}

void *popper(void *unused)
{
    for (int i = 0; i < 2; i++) {
        if (has_one) {
            __VERIFIER_atomic_begin();
            top--;
            __VERIFIER_atomic_end();
            if (top < 0)
                reach_error();
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t a, b;

    pthread_create(&a, NULL, pusher, NULL);
    pthread_create(&b, NULL, popper, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
