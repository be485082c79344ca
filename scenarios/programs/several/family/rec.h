#define FAMILY_FIFO "/tmp/family"
#define PER_PROC 2
struct rec {
    int who;        /* 0 parent, 1 child */
    int value;
};
