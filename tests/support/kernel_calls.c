// Makes the calls of a table, each as it stands: one place of the code a kind of call, so that it is
// compiled once for all tables. A process has a number, `who`, and makes the calls with that number.
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FORK = 1, EXIT, GETPPID, WAITPID, SIGNAL, PIPE, CLOSE, DUP, DUP2, READ, WRITE, GET_FLAGS, SET_FLAGS,
       SHM_OPEN, SHM_UNLINK, FTRUNCATE, EXCHANGE, SEM_OPEN, SEM_UNLINK, OPEN, UNLINK,
       MKFIFO, LINK, RENAME, ACCESS, LSEEK, PREAD, PWRITE, FSTAT };
enum { CALLS = 48, PROCESSES = 6, NOBODY = 100 };
// A row of the table: who, kind, a, b, c; and what is told of it: whether it is over, result, errno, more.
enum { COLUMNS = 5, TOLD = 4 };

static int calls[CALLS * COLUMNS];

// Behind what is told the identifier of each process stands. It is that of a later one, too, when this one is over.
static int number_of(int *told, int id)
{
    for (int i = PROCESSES - 1; i >= 0; i--)
        if (told[CALLS * TOLD + i] == id)
            return i;
    return NOBODY;
}

int main(void)
{
    int *told = mmap(NULL, (CALLS * TOLD + PROCESSES) * sizeof *told, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int who = 0;
    told[CALLS * TOLD] = getpid();
    for (int at = 0; at < CALLS; at++) {
        int *call = &calls[at * COLUMNS];
        if (call[0] != who)
            continue;
        int a = call[2], b = call[3], c = call[4], result = 0;
        unsigned more = 0;
        unsigned char bytes[64] = {0};
        char *name = a == 0 ? "/a" : a == 1 ? "/b" : "/c";
        char *file = a == 0 ? "a" : "b", *other = b == 0 ? "a" : "b";
        errno = 0;
        switch (call[1]) {
        case FORK: {
            int child = fork();
            if (child == 0) {
                who = a;
                continue;
            }
            told[CALLS * TOLD + a] = child;
            result = child < 0 ? -1 : a;
            break;
        }
        case EXIT:
            _exit(a);
        case GETPPID:
            result = number_of(told, getppid());
            break;
        case WAITPID: {
            int status = 0;
            int id = a < 0 ? -1 : told[CALLS * TOLD + a];
            result = waitpid(id, &status, b);
            if (result > 0)
                result = number_of(told, result);
            more = status;
            break;
        }
        case SIGNAL:
            signal(SIGPIPE, a == 1 ? SIG_IGN : SIG_DFL);
            break;
        case PIPE: {
            int ends[2] = {0, 0};
            result = pipe2(ends, a);
            more = ends[0] * 16 + ends[1];
            break;
        }
        case CLOSE:
            result = close(a);
            break;
        case DUP:
            result = dup(a);
            break;
        case DUP2:
            result = dup2(a, b);
            break;
        case READ:
            result = read(a, bytes, b);
            for (int i = 0; i < 64; i++)
                more = more * 31 + bytes[i];
            break;
        case WRITE:
            for (int i = 0; i < b; i++)
                bytes[i] = c + i;
            result = write(a, bytes, b);
            break;
        case GET_FLAGS:
            result = fcntl(a, F_GETFL, 0);
            if (result > 0)
                result &= O_WRONLY | O_RDWR | O_NONBLOCK | O_APPEND;
            break;
        case SET_FLAGS:
            result = fcntl(a, F_SETFL, b);
            break;
        case SHM_OPEN:
            result = shm_open(name, b, 0600);
            break;
        case SHM_UNLINK:
            result = shm_unlink(name);
            break;
        case FTRUNCATE:
            result = ftruncate(a, b);
            break;
        case EXCHANGE: {
            int *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);
            if (m == MAP_FAILED) {
                result = -1;
            } else {
                more = *m;
                *m = b;
            }
            break;
        }
        case SEM_OPEN: {
            int value = 0;
            sem_t *s = sem_open(name, b, 0600, c);
            if (s == SEM_FAILED) {
                result = -1;
            } else {
                sem_getvalue(s, &value);
                sem_post(s);
            }
            more = value;
            break;
        }
        case SEM_UNLINK:
            result = sem_unlink(name);
            break;
        case OPEN:
            result = open(file, b, 0600);
            break;
        case UNLINK:
            result = unlink(file);
            break;
        case MKFIFO:
            result = mkfifo(file, 0600);
            break;
        case LINK:
            result = link(file, other);
            break;
        case RENAME:
            result = rename(file, other);
            break;
        case ACCESS:
            result = access(file, F_OK);
            break;
        case LSEEK:
            result = lseek(a, b, c);
            break;
        case PREAD:
            result = pread(a, bytes, b, c);
            for (int i = 0; i < 64; i++)
                more = more * 31 + bytes[i];
            break;
        case PWRITE:
            for (int i = 0; i < b; i++)
                bytes[i] = 100 + i;
            result = pwrite(a, bytes, b, c);
            break;
        case FSTAT: {
            struct stat status;
            result = fstat(a, &status);
            if (result == 0)
                more = S_ISFIFO(status.st_mode) ? 1 : S_ISREG(status.st_mode) ? 2 + status.st_size : 0;
            break;
        }
        }
        told[at * TOLD + 1] = result;
        told[at * TOLD + 2] = result == -1 ? errno : 0;
        told[at * TOLD + 3] = more;
        told[at * TOLD] = 1;
    }
    return 0;
}
