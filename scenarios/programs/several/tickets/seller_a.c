/* A lock file that is made with O_EXCL keeps the two apart. */
//@ with "seller_b.c";
//@ expect holds;
#include "ticket.h"

int main(void)
{
    struct data d;
    int i;

    for (i = 0; i < EACH; i++) {
        lock();
        d = update(1, i == EACH - 1);
        printf("seller_a: ticket %d\n", d.sold);
        if (d.done == SELLERS) {
            assert(d.sold == SELLERS * EACH);
            unlink(DATAFILE);
        }
        unlock();
    }
    return 0;
}
