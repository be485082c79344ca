#define REQ_FIFO "/tmp/req"
#define REP_FIFO "/tmp/rep"
struct request { int a, b; };
struct reply   { int result; };
