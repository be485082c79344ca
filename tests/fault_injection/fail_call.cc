// A library for LD_PRELOAD that makes one call fail, as it may on a machine that is full.
//
// FAIL_CALL=NAME:K  the K-th call of NAME fails, counted over the program and what it forks; with K
// = 0
//                   none does
// FAIL_LOG=FILE     what failed is written there; at the program's end how often each was called
//
// Only the program itself is disturbed, not what it executes (a compiler, a drawing program).

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <pthread.h>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr const char* kDisturbed = "interleave";
constexpr int kMostNames = 64;

// Shared with the forked.
struct Counter {
  std::atomic<const char*> name{nullptr};
  std::atomic<unsigned long> calls{0};
};

Counter* counters = nullptr;  // kMostNames; null: nothing is disturbed
char wanted_name[64];
unsigned long wanted_call = 0;
int log_file = -1;
pid_t program = 0;

void Log(const char* text, std::size_t length) {
  if (log_file >= 0) syscall(SYS_write, log_file, text, length);
}

__attribute__((constructor)) void Begin() {
  const char* const what = std::getenv("FAIL_CALL");
  const char* const colon = what != nullptr ? std::strrchr(what, ':') : nullptr;
  if (colon == nullptr || std::strcmp(program_invocation_short_name, kDisturbed) != 0) return;
  const auto length = static_cast<std::size_t>(colon - what);
  if (length >= sizeof wanted_name) return;
  std::memcpy(wanted_name, what, length);
  wanted_call = std::strtoul(colon + 1, nullptr, 10);
  if (const char* const log = std::getenv("FAIL_LOG")) {
    const long opened =
        syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    // Out of the way of the numbers that the program expects.
    log_file = static_cast<int>(syscall(SYS_fcntl, opened, F_DUPFD_CLOEXEC, 500));
    syscall(SYS_close, opened);
  }
  program = getpid();
  const long page = syscall(SYS_mmap, nullptr, sizeof(Counter) * kMostNames, PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page > 0) counters = reinterpret_cast<Counter*>(page);
}

__attribute__((destructor)) void End() {
  if (counters == nullptr || getpid() != program) return;
  for (int i = 0; i < kMostNames && counters[i].name != nullptr; ++i) {
    char line[128];
    const int length = std::snprintf(line, sizeof line, "called %s %lu\n", counters[i].name.load(),
                                     counters[i].calls.load());
    Log(line, static_cast<std::size_t>(length));
  }
}

// `name` has one address in the program and its forks.
bool ShallFail(const char* name) {
  if (counters == nullptr) return false;
  int at = 0;
  for (; at < kMostNames; ++at) {
    const char* expected = nullptr;
    if (counters[at].name.compare_exchange_strong(expected, name) || expected == name) break;
  }
  if (at == kMostNames) std::abort();
  const unsigned long call = ++counters[at].calls;
  if (call != wanted_call || std::strcmp(name, wanted_name) != 0) return false;
  char line[128];
  const int length = std::snprintf(line, sizeof line, "failed %s %lu\n", name, call);
  Log(line, static_cast<std::size_t>(length));
  return true;
}

}  // namespace

// A function that returns `failure` and leaves `error` in errno.
#define FAILS(type, name, parameters, arguments, failure, error)                             \
  extern "C" type name parameters {                                                          \
    static auto* const real = reinterpret_cast<type(*) parameters>(dlsym(RTLD_NEXT, #name)); \
    if (ShallFail(#name)) {                                                                  \
      errno = error;                                                                         \
      return failure;                                                                        \
    }                                                                                        \
    return real arguments;                                                                   \
  }
// A function that returns the error.
#define RETURNS_ERROR(name, parameters, arguments, error)                                   \
  extern "C" int name parameters {                                                          \
    static auto* const real = reinterpret_cast<int(*) parameters>(dlsym(RTLD_NEXT, #name)); \
    return ShallFail(#name) ? error : real arguments;                                       \
  }
#define FAILS_TO_OPEN(name)                                                        \
  extern "C" int name(const char* path, int flags, ...) {                          \
    static auto* const real =                                                      \
        reinterpret_cast<int (*)(const char*, int, ...)>(dlsym(RTLD_NEXT, #name)); \
    va_list rest;                                                                  \
    va_start(rest, flags);                                                         \
    const mode_t mode = va_arg(rest, mode_t);                                      \
    va_end(rest);                                                                  \
    if (ShallFail(#name)) {                                                        \
      errno = EMFILE;                                                              \
      return -1;                                                                   \
    }                                                                              \
    return real(path, flags, mode);                                                \
  }

FAILS_TO_OPEN(open)
FAILS_TO_OPEN(open64)
FAILS(int, shm_open, (const char* name, int flags, mode_t mode), (name, flags, mode), -1, EMFILE)
FAILS(FILE*, fopen, (const char* path, const char* mode), (path, mode), nullptr, EMFILE)
FAILS(FILE*, fopen64, (const char* path, const char* mode), (path, mode), nullptr, EMFILE)
FAILS(DIR*, opendir, (const char* path), (path), nullptr, EMFILE)
FAILS(int, mkstemp, (char* path), (path), -1, EMFILE)
FAILS(int, mkostemp, (char* path, int flags), (path, flags), -1, EMFILE)
FAILS(ssize_t, read, (int file, void* to, std::size_t size), (file, to, size), -1, EIO)
FAILS(ssize_t, write, (int file, const void* from, std::size_t size), (file, from, size), -1,
      ENOSPC)
FAILS(std::size_t, fwrite, (const void* from, std::size_t size, std::size_t count, FILE* file),
      (from, size, count, file), 0, ENOSPC)
FAILS(int, fflush, (FILE * file), (file), EOF, ENOSPC)
FAILS(void*, mmap, (void* at, std::size_t size, int protection, int flags, int file, off_t from),
      (at, size, protection, flags, file, from), MAP_FAILED, ENOMEM)
FAILS(void*, mmap64,
      (void* at, std::size_t size, int protection, int flags, int file, off64_t from),
      (at, size, protection, flags, file, from), MAP_FAILED, ENOMEM)
FAILS(pid_t, fork, (), (), -1, EAGAIN)
FAILS(int, pipe, (int* ends), (ends), -1, EMFILE)
FAILS(int, pipe2, (int* ends, int flags), (ends, flags), -1, EMFILE)
FAILS(int, socketpair, (int domain, int type, int protocol, int* ends),
      (domain, type, protocol, ends), -1, EMFILE)
FAILS(int, ftruncate, (int file, off_t size), (file, size), -1, ENOSPC)
FAILS(int, ftruncate64, (int file, off64_t size), (file, size), -1, ENOSPC)
FAILS(int, fsync, (int file), (file), -1, EIO)
FAILS(int, rename, (const char* from, const char* to), (from, to), -1, ENOSPC)
FAILS(int, mkdir, (const char* path, mode_t mode), (path, mode), -1, ENOSPC)
FAILS(int, unlink, (const char* path), (path), -1, EIO)
FAILS(int, unlinkat, (int folder, const char* path, int flags), (folder, path, flags), -1, EIO)
FAILS(int, shm_unlink, (const char* name), (name), -1, EIO)
FAILS(int, dup2, (int from, int to), (from, to), -1, EMFILE)
FAILS(int, chdir, (const char* path), (path), -1, EIO)
FAILS(ssize_t, getrandom, (void* to, std::size_t size, unsigned flags), (to, size, flags), -1,
      ENOSYS)
FAILS(void*, dlopen, (const char* path, int flags), (path, flags), nullptr, ENOMEM)
RETURNS_ERROR(posix_fallocate, (int file, off_t from, off_t size), (file, from, size), ENOSPC)
RETURNS_ERROR(posix_fallocate64, (int file, off64_t from, off64_t size), (file, from, size), ENOSPC)
RETURNS_ERROR(posix_spawn,
              (pid_t * pid, const char* path, const posix_spawn_file_actions_t* files,
               const posix_spawnattr_t* attributes, char* const* words, char* const* environment),
              (pid, path, files, attributes, words, environment), EAGAIN)
RETURNS_ERROR(pthread_create,
              (pthread_t * thread, const pthread_attr_t* attributes, void* (*body)(void*),
               void* argument),
              (thread, attributes, body, argument), EAGAIN)

// Looked up under the names of the C library's own: dlsym may need them itself.
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* old, std::size_t size);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t size);

extern "C" void* malloc(std::size_t size) {
  if (!ShallFail("malloc")) return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}
extern "C" void* calloc(std::size_t count, std::size_t size) {
  if (!ShallFail("calloc")) return __libc_calloc(count, size);
  errno = ENOMEM;
  return nullptr;
}
extern "C" void* realloc(void* old, std::size_t size) {
  if (!ShallFail("realloc")) return __libc_realloc(old, size);
  errno = ENOMEM;
  return nullptr;
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
  if (!ShallFail("aligned_alloc")) return __libc_memalign(alignment, size);
  errno = ENOMEM;
  return nullptr;
}
