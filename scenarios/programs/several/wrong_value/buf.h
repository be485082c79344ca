#define SHM_BUF "/buf"
#define S_EMPTY "/empty"
#define S_FULL  "/full"
#define SIZE 2
#define ITEMS 3
struct buf {
    char item[SIZE];
};
