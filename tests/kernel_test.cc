// What programs in C ask of the kernel. Each row is a program with assertions: it holds in the
// model, in every interleaving, and the real kernel says the same. Then: private memory after fork,
// on random whole programs; and partial order on programs that fork.

#include <doctest/doctest.h>

#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "model/search/check.h"
#include "tests/support/c_programs.h"
#include "tests/support/check_text.h"
#include "tests/support/kernel_rows.h"
#include "tests/support/random_c_program.h"
#include "tests/support/scenario_loader.h"

namespace interleave {
namespace {

constexpr const char* kHeaders = kKernelHeaders;

// Of so many rows or files one is taken.
#ifdef INTERLEAVE_SANITIZED
constexpr std::size_t kEvery = 3;
#else
constexpr std::size_t kEvery = 1;
#endif

struct Row {
  const char* name;
  const char* body;  // of `main`
};

// POSIX.1-2017; the sections are those of the calls.
constexpr Row kRows[] = {
    {"fork: the child gets 0, the parent a number; memory is copied",
     "int x = 1; int *p = &x; pid_t child = fork();"
     "if (child == 0) { *p = 2; assert(x == 2); _exit(0); }"
     "assert(child > 0 && wait(NULL) == child && x == 1 && *p == 1);"},
    {"fork: what malloc gave is copied, and pointers into it lead to the copy",
     "int *p = malloc(2 * sizeof *p); int **q = malloc(sizeof *q); p[0] = 1; p[1] = 2; *q = &p[1];"
     "if (fork() == 0) { **q = 7; assert(p[1] == 7 && p[0] == 1); free(p); free(q); _exit(0); }"
     "wait(NULL); assert(**q == 2 && p[1] == 2); free(p); free(q);"},
    {"fork: static variables of functions are copied",
     "static int n = 3; if (fork() == 0) { n++; assert(n == 4); _exit(0); } wait(NULL);"
     "assert(n == 3);"},
    {"fork in an expression",
     "int ids[2]; for (int i = 0; i < 2; i++) if ((ids[i] = fork()) == 0) _exit(i);"
     "int a, b; assert(waitpid(ids[1], &b, 0) == ids[1] && waitpid(ids[0], &a, 0) == ids[0]);"
     "assert(WEXITSTATUS(a) == 0 && WEXITSTATUS(b) == 1);"},
    {"getpid and getppid",
     "pid_t self = getpid(); pid_t child = fork();"
     "if (child == 0) { assert(getppid() == self && getpid() != self);"
     "_exit(getpid() == self); }"
     "int s; assert(wait(&s) == child && s == 0 && getpid() == self);"},
    {"wait: ECHILD where there is no child", "assert(wait(NULL) == -1 && errno == ECHILD);"},
    {"wait: a child is waited for once",
     "if (fork() == 0) _exit(0); assert(wait(NULL) > 0); assert(wait(NULL) == -1);"},
    {"wait: the lowest 8 bits of what exit is called with",
     "if (fork() == 0) exit(258); int s; wait(&s); assert(WIFEXITED(s) && WEXITSTATUS(s) == 2);"
     "assert(!WIFSIGNALED(s));"},
    {"return from main is exit",
     "pid_t child = fork(); if (child == 0) return 5; int s; assert(waitpid(child, &s, 0) == "
     "child);"
     "assert(WEXITSTATUS(s) == 5);"},
    {"waitpid: WNOHANG does not wait",
     "int p[2]; char c; assert(pipe(p) == 0); pid_t child = fork();"
     "if (child == 0) { close(p[1]); read(p[0], &c, 1); _exit(0); }"
     "assert(waitpid(child, NULL, WNOHANG) == 0); close(p[1]);"
     "assert(waitpid(child, NULL, 0) == child);"},
    {"waitpid: a grandchild is no child",
     "int p[2]; pid_t grandchild; assert(pipe(p) == 0);"
     "if (fork() == 0) { pid_t inner = fork(); if (inner == 0) _exit(0); wait(NULL);"
     "write(p[1], &inner, sizeof inner); _exit(0); }"
     "assert(read(p[0], &grandchild, sizeof grandchild) == sizeof grandchild);"
     "assert(waitpid(grandchild, NULL, 0) == -1 && errno == ECHILD && wait(NULL) > 0);"},
    {"pipe: the two lowest descriptors",
     "int p[2]; assert(pipe(p) == 0 && p[0] == 3 && p[1] == 4); close(3); int q[2];"
     "assert(pipe(q) == 0 && q[0] == 3 && q[1] == 5);"},
    {"pipe: bytes in their order, and short reads",
     "int p[2]; char c[8]; pipe(p); assert(write(p[1], \"hello\", 5) == 5);"
     "assert(read(p[0], c, 2) == 2 && c[0] == 'h' && c[1] == 'e');"
     "assert(read(p[0], c, 8) == 3 && c[0] == 'l' && c[2] == 'o');"},
    {"pipe: the end of file when all ends to write are closed",
     "int p[2]; char c; pipe(p); write(p[1], \"x\", 1); close(p[1]);"
     "assert(read(p[0], &c, 1) == 1 && read(p[0], &c, 1) == 0 && read(p[0], &c, 1) == 0);"},
    {"pipe: a number is its bytes, the lowest first",
     "int p[2]; int n = 0x04030201; unsigned char c[4]; pipe(p); write(p[1], &n, sizeof n);"
     "assert(read(p[0], c, 4) == 4 && c[0] == 1 && c[1] == 2 && c[2] == 3 && c[3] == 4);"},
    {"pipe: negative numbers of each size",
     "int p[2]; short a = -2; long b = -3; char c = -4; pipe(p); write(p[1], &a, sizeof a);"
     "write(p[1], &b, sizeof b); write(p[1], &c, sizeof c); a = 0; b = 0; c = 0;"
     "read(p[0], &a, sizeof a); read(p[0], &b, sizeof b); read(p[0], &c, sizeof c);"
     "assert(a == -2 && b == -3 && c == -4);"},
    {"pipe: structs, with what lies between their members",
     "struct s { char a; int b; short c[2]; } x = {'x', -5, {6, 7}}, y = {0}; int p[2]; pipe(p);"
     "assert(write(p[1], &x, sizeof x) == sizeof x && read(p[0], &y, sizeof y) == 12);"
     "assert(y.a == 'x' && y.b == -5 && y.c[0] == 6 && y.c[1] == 7);"},
    {"pipe: fractions",
     "int p[2]; double x = 0.1, y = 0; pipe(p); write(p[1], &x, sizeof x);"
     "assert(read(p[0], &y, sizeof y) == 8 && y == 0.1);"},
    {"pipe: EBADF on the wrong end",
     "int p[2]; char c = 1; pipe(p); assert(write(p[0], &c, 1) == -1 && errno == EBADF);"
     "errno = 0; assert(read(p[1], &c, 1) == -1 && errno == EBADF);"},
    {"EBADF on what is closed",
     "int p[2]; char c = 1; pipe(p); assert(close(p[0]) == 0 && close(p[0]) == -1 && errno == "
     "EBADF);"
     "errno = 0; assert(read(p[0], &c, 1) == -1 && errno == EBADF);"
     "assert(write(9, &c, 1) == -1 && dup(9) == -1 && close(-1) == -1);"},
    {"EPIPE where SIGPIPE is ignored",
     "int p[2]; signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]);"
     "assert(write(p[1], \"x\", 1) == -1 && errno == EPIPE);"},
    {"O_NONBLOCK: EAGAIN",
     "int p[2]; char c; assert(pipe2(p, O_NONBLOCK) == 0);"
     "assert(read(p[0], &c, 1) == -1 && errno == EAGAIN); write(p[1], \"x\", 1);"
     "assert(read(p[0], &c, 1) == 1 && c == 'x');"},
    {"nothing is read at once", "int p[2]; char c; pipe(p); assert(read(p[0], &c, 0) == 0);"},
    {"descriptors are inherited, and each process has its own",
     "int p[2]; char c; pipe(p); if (fork() == 0) { close(p[0]); write(p[1], \"y\", 1); _exit(0); }"
     "close(p[1]); assert(read(p[0], &c, 1) == 1 && c == 'y'); assert(read(p[0], &c, 1) == 0);"},
    {"exit closes descriptors",
     "int p[2]; char c; pipe(p); if (fork() == 0) exit(0); close(p[1]);"
     "assert(read(p[0], &c, 1) == 0);"},
    {"dup: the lowest one, for the same end",
     "int p[2]; char c; pipe(p); int d = dup(p[1]); assert(d == 5); close(p[1]);"
     "assert(write(d, \"z\", 1) == 1 && read(p[0], &c, 1) == 1 && c == 'z'); close(d);"
     "assert(read(p[0], &c, 1) == 0);"},
    {"dup2: closes what was there",
     "int p[2], q[2]; char c; pipe(p); pipe(q); assert(dup2(p[1], q[1]) == q[1]);"
     "assert(read(q[0], &c, 1) == 0); write(q[1], \"w\", 1);"
     "assert(read(p[0], &c, 1) == 1 && c == 'w' && dup2(p[0], p[0]) == p[0]);"},
    {"mmap: anonymous memory is 0, and shared over fork",
     "int *m = mmap(NULL, 2 * sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, "
     "0);"
     "assert(m != MAP_FAILED && m[0] == 0 && m[1] == 0);"
     "if (fork() == 0) { m[1] = 4; _exit(0); } wait(NULL); assert(m[1] == 4);"
     "assert(munmap(m, 2 * sizeof *m) == 0);"},
    {"mmap: MAP_PRIVATE is copied over fork",
     "int *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);"
     "*m = 1; if (fork() == 0) { *m = 2; _exit(*m); } int s; wait(&s);"
     "assert(*m == 1 && WEXITSTATUS(s) == 2);"},
    {"shm_open: ENOENT, EEXIST",
     "shm_unlink(\"/il_a\"); assert(shm_open(\"/il_a\", O_RDWR, 0) == -1 && errno == ENOENT);"
     "int fd = shm_open(\"/il_a\", O_CREAT | O_EXCL | O_RDWR, 0600); assert(fd == 3);"
     "assert(shm_open(\"/il_a\", O_CREAT | O_EXCL | O_RDWR, 0600) == -1 && errno == EEXIST);"
     "assert(shm_open(\"/il_a\", O_CREAT | O_RDWR, 0600) == 4 && shm_unlink(\"/il_a\") == 0);"
     "assert(shm_unlink(\"/il_a\") == -1 && errno == ENOENT);"},
    {"shm_open: one object under one name, in two processes",
     "shm_unlink(\"/il_b\"); int fd = shm_open(\"/il_b\", O_CREAT | O_RDWR, 0600);"
     "assert(ftruncate(fd, sizeof(int)) == 0);"
     "if (fork() == 0) { int mine = shm_open(\"/il_b\", O_RDWR, 0);"
     "int *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED, mine, 0); *m = 9; "
     "_exit(0); }"
     "int *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0); wait(NULL);"
     "assert(*m == 9 && shm_unlink(\"/il_b\") == 0);"},
    {"shm_unlink: the object lives while it is mapped, and a new one has the name",
     "shm_unlink(\"/il_c\"); int fd = shm_open(\"/il_c\", O_CREAT | O_RDWR, 0600);"
     "ftruncate(fd, sizeof(int));"
     "int *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0); *m = 5; close(fd);"
     "shm_unlink(\"/il_c\"); fd = shm_open(\"/il_c\", O_CREAT | O_RDWR, 0600);"
     "ftruncate(fd, sizeof(int));"
     "int *n = mmap(NULL, sizeof *n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);"
     "assert(*m == 5 && *n == 0 && m != n); shm_unlink(\"/il_c\");"},
    {"ftruncate and mmap: EBADF",
     "assert(ftruncate(9, 4) == -1 && errno == EBADF); errno = 0;"
     "int *m = mmap(NULL, sizeof *m, PROT_READ, MAP_SHARED, 9, 0);"
     "assert(m == MAP_FAILED && errno == EBADF);"},
    {"sem_open: a value once, the same semaphore for all, ENOENT and EEXIST",
     "sem_unlink(\"/il_d\"); assert(sem_open(\"/il_d\", 0) == SEM_FAILED && errno == ENOENT);"
     "sem_t *a = sem_open(\"/il_d\", O_CREAT, 0600, 1); sem_t *b = sem_open(\"/il_d\", O_CREAT, "
     "0600, 7);"
     "int v; assert(a != SEM_FAILED && sem_getvalue(b, &v) == 0 && v == 1);"
     "assert(sem_open(\"/il_d\", O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED && errno == EEXIST);"
     "sem_wait(a); sem_getvalue(b, &v); assert(v == 0 && sem_unlink(\"/il_d\") == 0);"
     "assert(sem_unlink(\"/il_d\") == -1 && errno == ENOENT); sem_post(b);"},
    {"a semaphore in a mapping is one for both, in a variable one for each",
     "sem_t own; sem_t *m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | "
     "MAP_ANONYMOUS,"
     "-1, 0); sem_init(&own, 1, 0); sem_init(m, 1, 0);"
     "if (fork() == 0) { sem_post(&own); sem_post(m); _exit(0); } sem_wait(m); int v;"
     "sem_getvalue(&own, &v); assert(v == 0); wait(NULL);"},
    {"open: ENOENT, EEXIST, the lowest descriptor",
     "assert(open(\"a\", O_RDWR) == -1 && errno == ENOENT);"
     "int fd = open(\"a\", O_RDWR | O_CREAT | O_EXCL, 0600); assert(fd == 3);"
     "assert(open(\"a\", O_RDWR | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);"
     "assert(open(\"a\", O_RDWR | O_CREAT, 0600) == 4 && unlink(\"a\") == 0);"
     "assert(unlink(\"a\") == -1 && errno == ENOENT);"},
    {"open: EBADF on the wrong access mode",
     "char c = 1; int w = open(\"b\", O_WRONLY | O_CREAT, 0600), r = open(\"b\", O_RDONLY);"
     "assert(read(w, &c, 1) == -1 && errno == EBADF); errno = 0;"
     "assert(write(r, &c, 1) == -1 && errno == EBADF && pread(w, &c, 1, 0) == -1);"},
    {"open: O_TRUNC empties, and offsets stay",
     "char c; int fd = open(\"c\", O_RDWR | O_CREAT, 0600); write(fd, \"xyz\", 3);"
     "close(open(\"c\", O_WRONLY | O_TRUNC)); assert(lseek(fd, 0, SEEK_END) == 0);"
     "write(fd, \"a\", 1); assert(lseek(fd, 0, SEEK_CUR) == 1 && pread(fd, &c, 1, 0) == 1);"
     "assert(c == 'a');"},
    {"an empty path is ENOENT",
     "assert(open(\"\", O_RDWR | O_CREAT, 0600) == -1 && errno == ENOENT); errno = 0;"
     "assert(mkfifo(\"\", 0600) == -1 && errno == ENOENT); errno = 0; close(creat(\"ea\", 0600));"
     "assert(rename(\"ea\", \"\") == -1 && errno == ENOENT); errno = 0;"
     "assert(link(\"ea\", \"\") == -1 && errno == ENOENT && unlink(\"\") == -1);"},
    {"creat: to write, and empty",
     "int fd = creat(\"d\", 0600); assert(fd == 3 && write(fd, \"xx\", 2) == 2); close(fd);"
     "fd = creat(\"d\", 0600); assert(fcntl(fd, F_GETFL) % 4 == O_WRONLY);"
     "assert(lseek(fd, 0, SEEK_END) == 0);"},
    {"write and read: one offset, short reads at the end, over what is there",
     "char t[8]; int fd = open(\"e\", O_RDWR | O_CREAT, 0600);"
     "assert(write(fd, \"abcdef\", 6) == 6 && read(fd, t, 8) == 0 && lseek(fd, 2, SEEK_SET) == 2);"
     "assert(write(fd, \"XY\", 2) == 2 && read(fd, t, 8) == 2 && t[0] == 'e');"
     "lseek(fd, 0, SEEK_SET); assert(read(fd, t, 6) == 6 && strncmp(t, \"abXYef\", 6) == 0);"
     "assert(read(fd, t, 1) == 0);"},
    {"lseek: from everywhere, behind the end, EINVAL, ESPIPE",
     "int p[2]; char t[8]; int fd = open(\"f\", O_RDWR | O_CREAT, 0600); write(fd, \"ab\", 2);"
     "assert(lseek(fd, -1, SEEK_CUR) == 1 && lseek(fd, 3, SEEK_END) == 5);"
     "assert(read(fd, t, 1) == 0 && write(fd, \"c\", 1) == 1 && pread(fd, t, 8, 0) == 6);"
     "assert(t[1] == 'b' && t[2] == 0 && t[4] == 0 && t[5] == 'c');"
     "assert(lseek(fd, -7, SEEK_END) == -1 && errno == EINVAL && lseek(9, 0, SEEK_SET) == -1);"
     "pipe(p); assert(lseek(p[0], 0, SEEK_SET) == -1 && errno == ESPIPE);"},
    {"pread and pwrite: the offset stays",
     "int n = 0, m = 77; int fd = open(\"g\", O_RDWR | O_CREAT, 0600);"
     "assert(pwrite(fd, &m, sizeof m, 4) == 4 && lseek(fd, 0, SEEK_CUR) == 0);"
     "assert(pread(fd, &n, sizeof n, 4) == 4 && n == 77 && pread(fd, &n, 4, 8) == 0);"
     "assert(pread(fd, &n, 4, -1) == -1 && errno == EINVAL && lseek(fd, 0, SEEK_CUR) == 0);"
     "int p[2]; pipe(p); assert(pread(p[0], &n, 4, 0) == -1 && errno == ESPIPE);"},
    {"O_APPEND: each write goes to the end",
     "char t[8]; int a = open(\"h\", O_RDWR | O_CREAT | O_APPEND, 0600), b = open(\"h\", O_WRONLY);"
     "write(a, \"12\", 2); write(b, \"x\", 1); lseek(a, 0, SEEK_SET); write(a, \"3\", 1);"
     "assert(lseek(a, 0, SEEK_CUR) == 3 && pread(a, t, 8, 0) == 3);"
     "assert(strncmp(t, \"x23\", 3) == 0);"},
    {"F_SETFL: O_APPEND comes and goes, the access mode stays",
     "int fd = open(\"i\", O_WRONLY | O_CREAT, 0600); write(fd, \"abc\", 3);"
     "lseek(fd, 0, SEEK_SET); assert(fcntl(fd, F_SETFL, O_APPEND | O_RDWR) == 0);"
     "assert((fcntl(fd, F_GETFL) & (3 | O_APPEND)) == (O_WRONLY | O_APPEND));"
     "write(fd, \"d\", 1); assert(lseek(fd, 0, SEEK_CUR) == 4); fcntl(fd, F_SETFL, 0);"
     "lseek(fd, 0, SEEK_SET); write(fd, \"e\", 1); assert(lseek(fd, 0, SEEK_END) == 4);"
     "assert(fcntl(9, F_GETFL) == -1 && errno == EBADF);"},
    {"an offset is shared over fork and dup, and not by two opens",
     "char c; int fd = open(\"j\", O_RDWR | O_CREAT, 0600), other = open(\"j\", O_RDWR);"
     "if (fork() == 0) { write(fd, \"ab\", 2); _exit(0); } wait(NULL); int d = dup(fd);"
     "assert(lseek(fd, 0, SEEK_CUR) == 2 && lseek(other, 0, SEEK_CUR) == 0); write(d, \"c\", 1);"
     "assert(lseek(fd, 0, SEEK_CUR) == 3 && read(other, &c, 1) == 1 && c == 'a');"},
    {"unlink: the file lives while it is open, and a new one has the name",
     "char c; int fd = open(\"k\", O_RDWR | O_CREAT, 0600); write(fd, \"o\", 1); unlink(\"k\");"
     "assert(access(\"k\", F_OK) == -1 && errno == ENOENT);"
     "int other = open(\"k\", O_RDWR | O_CREAT | O_EXCL, 0600); assert(other >= 0);"
     "assert(read(other, &c, 1) == 0 && pread(fd, &c, 1, 0) == 1 && c == 'o');"
     "assert(access(\"k\", F_OK) == 0 && remove(\"k\") == 0);"},
    {"a file stays when nobody has it open",
     "char c; int fd = creat(\"l\", 0600); write(fd, \"s\", 1); close(fd);"
     "if (fork() == 0) _exit(0); wait(NULL);"
     "fd = open(\"l\", O_RDONLY); assert(read(fd, &c, 1) == 1 && c == 's');"},
    {"link and rename",
     "char c; int fd = creat(\"m\", 0600); write(fd, \"m\", 1); close(fd);"
     "assert(link(\"m\", \"n\") == 0 && link(\"m\", \"n\") == -1 && errno == EEXIST);"
     "assert(unlink(\"m\") == 0 && link(\"m\", \"o\") == -1 && errno == ENOENT);"
     "fd = creat(\"o\", 0600); assert(rename(\"n\", \"o\") == 0 && access(\"n\", F_OK) == -1);"
     "fd = open(\"o\", O_RDONLY); assert(read(fd, &c, 1) == 1 && c == 'm');"
     "assert(rename(\"o\", \"p\") == 0 && access(\"o\", F_OK) == -1 && access(\"p\", F_OK) == 0);"
     "assert(rename(\"o\", \"p\") == -1 && errno == ENOENT);"},
    {"ftruncate of a file: shorter, longer with 0, EINVAL",
     "char t[4]; int fd = open(\"q\", O_RDWR | O_CREAT, 0600); write(fd, \"abc\", 3);"
     "assert(ftruncate(fd, 1) == 0 && ftruncate(fd, 3) == 0 && pread(fd, t, 4, 0) == 3);"
     "assert(t[0] == 'a' && t[1] == 0 && t[2] == 0); int r = open(\"q\", O_RDONLY);"
     "assert(ftruncate(r, 0) == -1 && errno == EINVAL);"},
    {"fstat and stat: the size, and what it is",
     "struct stat s; int p[2]; int fd = creat(\"r\", 0600); write(fd, \"abc\", 3); pipe(p);"
     "assert(fstat(fd, &s) == 0 && s.st_size == 3 && S_ISREG(s.st_mode));"
     "assert(fstat(p[0], &s) == 0 && S_ISFIFO(s.st_mode) && stat(\"none\", &s) == -1);"
     "assert(stat(\"r\", &s) == 0 && s.st_size == 3);"},
    {"mkfifo: EEXIST, and the name is there until it is removed",
     "assert(mkfifo(\"fa\", 0600) == 0 && mkfifo(\"fa\", 0600) == -1 && errno == EEXIST);"
     "assert(open(\"fa\", O_CREAT | O_EXCL | O_RDWR, 0600) == -1 && errno == EEXIST);"
     "assert(unlink(\"fa\") == 0 && access(\"fa\", F_OK) == -1);"},
    {"FIFO: open waits for the other side",
     "char c; mkfifo(\"fb\", 0600); if (fork() == 0) { int fd = open(\"fb\", O_WRONLY);"
     "write(fd, \"x\", 1); _exit(0); } int fd = open(\"fb\", O_RDONLY);"
     "assert(read(fd, &c, 1) == 1 && c == 'x'); assert(read(fd, &c, 1) == 0);"},
    {"FIFO: a writer that comes and goes ends the waiting of a reader",
     "char c; int s; mkfifo(\"fc\", 0600); pid_t child = fork(); if (child == 0) {"
     "int fd = open(\"fc\", O_RDONLY); c = 'n'; read(fd, &c, 1); _exit(c); }"
     "int fd = open(\"fc\", O_WRONLY); close(fd); wait(&s); assert(WEXITSTATUS(s) == 'n');"},
    {"FIFO: O_NONBLOCK: ENXIO to write, at once to read",
     "char c; mkfifo(\"fd\", 0600);"
     "assert(open(\"fd\", O_WRONLY | O_NONBLOCK) == -1 && errno == ENXIO);"
     "int r = open(\"fd\", O_RDONLY | O_NONBLOCK); assert(r == 3 && read(r, &c, 1) == 0);"
     "int w = open(\"fd\", O_WRONLY | O_NONBLOCK); assert(w == 4);"
     "assert(read(r, &c, 1) == -1 && errno == EAGAIN); write(w, \"y\", 1); close(w);"
     "assert(read(r, &c, 1) == 1 && c == 'y' && read(r, &c, 1) == 0);"},
    {"FIFO: O_RDWR does not wait, and is a writer",
     "char c; mkfifo(\"fe\", 0600); int fd = open(\"fe\", O_RDWR); write(fd, \"z\", 1);"
     "assert(read(fd, &c, 1) == 1 && c == 'z'); fcntl(fd, F_SETFL, O_NONBLOCK);"
     "assert(read(fd, &c, 1) == -1 && errno == EAGAIN);"},
    {"FIFO: what is in it is dropped with the last descriptor, not before",
     "char c; mkfifo(\"ff\", 0600); int a = open(\"ff\", O_RDWR), w = open(\"ff\", O_WRONLY);"
     "write(w, \"1\", 1); close(a); int r = open(\"ff\", O_RDONLY | O_NONBLOCK);"
     "assert(read(r, &c, 1) == 1 && c == '1'); write(w, \"2\", 1); close(r); close(w);"
     "r = open(\"ff\", O_RDONLY | O_NONBLOCK); assert(read(r, &c, 1) == 0);"},
    {"FIFO: EPIPE when the reader is gone, and a new reader goes on",
     "char c; signal(SIGPIPE, SIG_IGN); mkfifo(\"fg\", 0600);"
     "int r = open(\"fg\", O_RDONLY | O_NONBLOCK), w = open(\"fg\", O_WRONLY); close(r);"
     "assert(write(w, \"x\", 1) == -1 && errno == EPIPE); r = open(\"fg\", O_RDONLY);"
     "assert(write(w, \"y\", 1) == 1 && read(r, &c, 1) == 1 && c == 'y');"},
    {"FIFO: after unlink it goes on for who has it open",
     "char c; mkfifo(\"fh\", 0600); int fd = open(\"fh\", O_RDWR); unlink(\"fh\");"
     "mkfifo(\"fh\", 0600); int other = open(\"fh\", O_RDWR | O_NONBLOCK); write(fd, \"u\", 1);"
     "assert(read(other, &c, 1) == -1 && errno == EAGAIN); assert(read(fd, &c, 1) == 1);"},
    {"dup2 of a file onto standard output",
     "char t[4]; int fd = open(\"s\", O_RDWR | O_CREAT, 0600); dup2(fd, 1);"
     "assert(write(1, \"hi\", 2) == 2 && lseek(fd, 0, SEEK_CUR) == 2);"
     "assert(pread(fd, t, 4, 0) == 2 && t[1] == 'i');"},
    {"mmap: ENODEV of a pipe",
     "int p[2]; pipe(p); int *m = mmap(NULL, sizeof *m, PROT_READ, MAP_SHARED, p[0], 0);"
     "assert(m == MAP_FAILED && errno == ENODEV);"},
};

// On a machine a pipe holds more, so these are the model's alone.
constexpr Row kSmallPipes[] = {
    {"O_NONBLOCK: up to PIPE_BUF all or nothing, of more as much as there is room for",
     "int p[2]; char t[8]; pipe2(p, O_NONBLOCK); assert(write(p[1], \"abc\", 3) == 3);"
     "assert(write(p[1], \"de\", 2) == -1 && errno == EAGAIN);"
     "assert(write(p[1], \"def\", 3) == 1); errno = 0;"
     "assert(write(p[1], \"e\", 1) == -1 && errno == EAGAIN);"
     "assert(read(p[0], t, 8) == 4 && strncmp(t, \"abcd\", 4) == 0);"},
    {"a long write waits for room again and again, and gives the sum",
     "int p[2]; char t[12]; int n = 0, s; pipe(p); if (fork() == 0) { close(p[0]);"
     "_exit(write(p[1], \"123456789\", 9)); } close(p[1]);"
     "while ((s = read(p[0], t + n, 12 - n)) > 0) n += s; wait(&s);"
     "assert(n == 9 && strncmp(t, \"123456789\", 9) == 0 && WEXITSTATUS(s) == 9);"},
    {"a long write whose reader goes gives what was written",
     "int p[2]; char c; int s; signal(SIGPIPE, SIG_IGN); pipe(p); if (fork() == 0) { close(p[0]);"
     "_exit(write(p[1], \"123456\", 6)); } close(p[1]); read(p[0], &c, 1); close(p[0]); wait(&s);"
     "assert(WEXITSTATUS(s) == 2 || WEXITSTATUS(s) == 4 || WEXITSTATUS(s) == 5);"},
};

TEST_CASE("Pipes whose size is given block when they are full") {
  for (const Row& row : kSmallPipes) {
    INFO(std::string(row.name));
    const std::string program =
        std::string("//@ option pipe_size = 4;\n//@ option pipe_buf = 2;\n") + kHeaders +
        "int main(void)\n{\n" + row.body + "\nreturn 0;\n}\n";
    const LoadedScenario loaded = LoadScenario(program, {}, {}, "row.c");
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const CheckResult result = Check(*loaded, {});
    CHECK_MESSAGE(result.verdict == Verdict::kHolds, TextOf(result, false));
  }
}

TEST_CASE("What the kernel of the model says, the real one says, too") {
  std::vector<std::string> bodies;
  for (const Row& row : kRows) bodies.push_back(row.body);
  const std::vector<std::string> ends = EndsOnRealKernel(bodies);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    INFO(std::string(kRows[i].name));
    CHECK(ends[i] == "");
    if (i % kEvery != 0) continue;
    const LoadedScenario loaded = LoadRow(bodies[i]);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.reduce = {.partial_order = true};
    options.max_states = 200'000;
    const CheckResult result = Check(*loaded, options);
    CHECK_MESSAGE(result.verdict == Verdict::kHolds, TextOf(result, false));
  }
}

// The rows are no rows that pass by themselves: what they assert the other way round fails.
TEST_CASE("An assertion about the kernel that is wrong fails") {
  std::size_t broken = 0;
  for (std::size_t i = 0; i < std::size(kRows); i += kEvery) {
    const Row& row = kRows[i];
    INFO(std::string(row.name));
    const LoadedScenario loaded = LoadRow(WithLastAssertionWrong(row.body));
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.max_states = 200'000;
    const CheckResult result = Check(*loaded, options);
    CHECK(result.verdict == Verdict::kError);
    ++broken;
  }
  CHECK(broken * kEvery >= std::size(kRows));
}

#ifdef INTERLEAVE_SANITIZED
constexpr int kForkedPrograms = 10;
#else
constexpr int kForkedPrograms = 40;
#endif

// Takes steps of whoever can take one, in order, until nobody can.
std::string RunToTheEnd(const Program& program) {
  std::vector<int64_t> state = program.initial;
  Stepper first(program);
  if (first.Start(state.data(), 0) != StepStatus::kOk) return "main does not start";
  for (int steps = 0; steps < 200'000; ++steps) {
    bool moved = false;
    for (int p = 0; p < program.process_count() && !moved; ++p) {
      if (!program.HasSteps(state.data(), p)) continue;
      std::vector<int64_t> next = state;
      Stepper stepper(program);
      const StepStatus status = stepper.Step(next.data(), p);
      if (status == StepStatus::kError) return stepper.error().message;
      if (status == StepStatus::kBlocked) continue;
      if (status != StepStatus::kOk) return "a limit is met: " + stepper.error().message;
      state = std::move(next);
      moved = true;
    }
    if (moved) continue;
    for (int p = 0; p < program.process_count(); ++p) {
      if (program.HasSteps(state.data(), p)) return "somebody waits for ever";
    }
    return "";
  }
  return "it does not end";
}

TEST_CASE("Both processes go on from one memory as gcc's program does twice") {
  std::vector<WholeProgram> programs;
  std::vector<std::string> twice;
  for (int i = 0; i < kForkedPrograms; ++i) {
    programs.push_back(RandomWholeProgram(70'000 + static_cast<uint64_t>(i), i));
    const std::string name = "p" + std::to_string(i);
    std::string text = programs.back().mended;
    const std::size_t at = text.rfind("void " + name + "(void)");
    REQUIRE(at != std::string::npos);
    text.insert(at + 5, "once_");
    twice.push_back(text + "static void " + name + "(void)\n{\n    once_" + name +
                    "();\n    once_" + name + "();\n}\n");
  }
  const std::vector<Compiled> compiled = CompileAndRun(twice, "-O0 -frounding-math");
  int compared = 0;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    REQUIRE(compiled[i].finished);
    const std::string call = "p" + std::to_string(i) + "();";
    std::string text = kHeaders + std::string("#include <stddef.h>\n#include <stdint.h>\n") +
                       "static long result[" + std::to_string(CProgram::kResultCells) + "];\n" +
                       programs[i].text + "int main(void)\n{\n" + call +
                       "\npid_t child = fork();\n" + call + "\n";
    for (std::size_t k = 0; k < compiled[i].results.size(); ++k) {
      text += "assert(result[" + std::to_string(k) + "] == (long)" +
              std::to_string(static_cast<uint64_t>(compiled[i].results[k])) + "u);\n";
    }
    text +=
        "if (child == 0) return 3;\nint s;\nassert(wait(&s) == child && WEXITSTATUS(s) == 3);\n"
        "return 0;\n}\n";
    INFO("seed " << programs[i].seed << "\n" << text);
    const LoadedScenario loaded = LoadScenario(text, {}, {}, "program.c");
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    const std::string said = RunToTheEnd(*loaded);
    if (said.starts_with("a limit is met")) continue;  // calls inside each other
    CHECK(said == "");
    ++compared;
  }
  MESSAGE(compared << " programs compared");
  CHECK(compared * 2 > kForkedPrograms);
}

// A program of up to three processes, with memory, semaphores and a pipe that they share.
class ForkingProgram {
 public:
  explicit ForkingProgram(uint64_t seed) : random_(seed) {}

  std::string Text() {
    std::string body = Block(2, 3);
    return std::string(kHeaders) +
           "struct all { int m[2]; sem_t s[2]; };\nstatic int g;\n"
           "static void put(int *to, int x)\n{\n*to = x;\n}\n"
           "int main(void)\n{\n"
           "struct all *a = mmap(NULL, sizeof *a, PROT_READ | PROT_WRITE,"
           "MAP_SHARED | MAP_ANONYMOUS, -1, 0);\n"
           "int p[2], x = 0, y = 1;\nint *q = &y;\n"
           "sem_init(&a->s[0], 1, 0);\nsem_init(&a->s[1], 1, 1);\npipe(p);\n" +
           body + "return 0;\n}\n";
  }

 private:
  int Below(int n) { return static_cast<int>(random_() % static_cast<uint64_t>(n)); }
  std::string Cell() { return "a->m[" + std::to_string(Below(2)) + "]"; }
  std::string Private() {
    constexpr const char* kNames[] = {"x", "g", "*q"};
    return kNames[Below(3)];
  }

  std::string Statement(int depth) {
    const std::string s = "&a->s[" + std::to_string(Below(2)) + "]";
    switch (Below(15)) {
      case 0: return Cell() + " = " + Private() + " + 1;\n";
      case 1: return Private() + " = " + Cell() + ";\n";
      case 2: return Private() + "++;\n";
      case 3: return "put(&" + Cell() + ", " + Private() + ");\n";
      case 4: return "put(q, " + Private() + " + 2);\n";
      case 5: return "sem_wait(" + s + ");\n" + Cell() + "++;\nsem_post(" + s + ");\n";
      case 6: return "sem_post(" + s + ");\n";
      case 7: return "sem_wait(" + s + ");\n";
      case 8: return "write(p[1], &y, sizeof y);\n";
      case 9: return "if (read(p[0], &g, sizeof g) == 0) x = 5;\n";
      case 10: return "close(p[" + std::to_string(Below(2)) + "]);\n";
      case 11: return "assert(" + Private() + " < 4);\n";
      case 12: return "if (" + Cell() + " > 0) {\n" + Block(depth - 1, 1) + "}\n";
      case 13: return "wait(&x);\n";
      default: break;
    }
    if (depth <= 0 || forks_ == 2) return "q = &g;\n";
    ++forks_;
    const std::string body = Block(depth - 1, 2);
    return Below(3) == 0 ? "fork();\n"
                         : "if (fork() == 0) {\n" + body + "_exit(" + Private() + " & 3);\n}\n";
  }

  std::string Block(int depth, int most) {
    std::string text;
    for (int i = 1 + Below(most); i >= 0; --i) text += Statement(depth);
    return text;
  }

  std::mt19937_64 random_;
  int forks_ = 0;
};

TEST_CASE("Partial order leaves verdict and counterexample of random programs that fork") {
#ifdef INTERLEAVE_SANITIZED
  constexpr uint64_t kSeeds = 20;
#else
  constexpr uint64_t kSeeds = 300;
#endif
  int compared = 0, reduced = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::string text = ForkingProgram(seed).Text();
    INFO("seed " << seed << "\n" << text);
    const LoadedScenario loaded = LoadScenario(text, {}, {}, "program.c");
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    CheckOptions options;
    options.keep_going = seed % 2 == 0;
    options.max_states = 5'000;
    const CheckResult whole = Check(*loaded, options);
    if (!whole.complete && (options.keep_going || whole.counterexamples.empty())) continue;
    options.reduce = {.partial_order = true};
    options.max_states = 50'000;
    const CheckResult part = Check(*loaded, options);
    CHECK(TextOf(part, false) == TextOf(whole, false));
    ++compared;
    reduced += part.states < whole.states;
  }
  MESSAGE(compared << " programs compared, " << reduced << " with fewer states");
  CHECK(compared * 2 > static_cast<int>(kSeeds));
  CHECK(reduced * 4 > compared);
}

TEST_CASE("Partial order leaves verdict and counterexample of programs that fork as they are") {
#ifdef INTERLEAVE_SANITIZED
  constexpr uint64_t kMost = 3'000;
#else
  constexpr uint64_t kMost = 60'000;
#endif
  int compared = 0, reduced = 0;
  std::size_t number = 0;
  for (const std::string& file : ProgramFiles()) {
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE(loaded);
    if (!loaded->forks() || number++ % kEvery != 0) continue;
    INFO(file);
    for (const ExplorerKind explorer : {ExplorerKind::kBreadthFirst, ExplorerKind::kDepthFirst}) {
      CheckOptions options;
      options.explorer = explorer;
      options.max_states = kMost;
      const CheckResult whole = Check(*loaded, options);
      if (whole.verdict == Verdict::kIncomplete) continue;
      options.reduce = {.partial_order = true};
      const CheckResult part = Check(*loaded, options);
      CHECK(TextOf(part, false) == TextOf(whole, false));
      ++compared;
      reduced += part.states < whole.states;
    }
  }
  MESSAGE(compared << " searches compared, " << reduced << " with fewer states");
  CHECK(compared > static_cast<int>(20 / kEvery));
  CHECK(reduced * 2 > compared);
}

}  // namespace
}  // namespace interleave
