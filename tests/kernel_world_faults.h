#pragma once
// Mistakes in the rules of the kernel's model, a row each, and a program whose calls show it.
// Included by kernel_world_test.cc alone.

namespace interleave {

struct KernelWorldFault {
  const char* name;
  const char* right;  // as it stands once in sim/objects/kernel/model.scn
  const char* wrong;
  const char* body;  // of `main`
};

inline constexpr KernelWorldFault kKernelWorldFaults[] = {
    // --- processes
    {"a child has no descriptors",
     "descriptor[child * OPEN_MAX + fd] = descriptor[owner * OPEN_MAX + fd];",
     "descriptor[child * OPEN_MAX + fd] = 0;",
     "int p[2]; pipe(p); if (fork() == 0) _exit(0); wait(NULL);"},
    {"a child does not know what its parent ignores",
     "ignores_sigpipe[child] = ignores_sigpipe[owner];", "",
     "int p[2]; signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]); if (fork() == 0) { write(p[1], "
     "\"x\", 1); _exit(0); } wait(NULL);"},
    {"exit leaves descriptors open",
     "            descriptor[me * OPEN_MAX + fd] = 0;\n        for (long child",
     "            ;\n        for (long child",
     "int p[2]; char c; pipe(p); if (fork() == 0) _exit(0); close(p[1]); wait(NULL); read(p[0], "
     "&c, 1);"},
    {"all bits of the code of exit are told", "(code & 255) << 8", "code << 8",
     "if (fork() == 0) _exit(258); wait(NULL);"},
    {"the code of exit stands where a signal stands", "(code & 255) << 8", "code & 255",
     "if (fork() == 0) _exit(3); wait(NULL);"},
    {"an orphan keeps its parent",
     "                parent[child] = 0;\n                is_over[child] = false;",
     "                is_over[child] = false;",
     "int p[2]; char c; pipe(p); if (fork() == 0) { if (fork() == 0) { close(p[1]); read(p[0], &c, "
     "1); getppid(); _exit(0); } _exit(0); } wait(NULL); close(p[1]);"},
    {"a child is waited for twice", "        is_over[child] = false;\n        parent[child] = 0;\n",
     "", "if (fork() == 0) _exit(0); wait(NULL); wait(NULL);"},
    {"waitpid waits for any child",
     "is_over[child] && (wanted == 0 || wanted == child))\n                which--",
     "is_over[child])\n                which--",
     "pid_t a = fork(); if (a == 0) _exit(1); pid_t b = fork(); if (b == 0) _exit(2); waitpid(b, "
     "NULL, 0); waitpid(a, NULL, 0);"},
    {"a grandchild is a child", "if (parent[child] == owner && (runs[child] || is_over[child])",
     "if ((runs[child] || is_over[child])",
     "if (fork() == 0) { wait(NULL); _exit(0); } if (fork() == 0) _exit(0); wait(NULL); "
     "wait(NULL);"},
    {"wait does not wait for a child that runs",
     "await (!has_child(wanted) || has_zombie(wanted));",
     "if (has_child(wanted) && !has_zombie(wanted)) return 0;",
     "if (fork() == 0) _exit(0); wait(NULL);"},
    {"WNOHANG says that there is no child", "            return 0;\n        return reap(wanted);",
     "            return -1;\n        return reap(wanted);",
     "pid_t a = fork(); if (a == 0) _exit(0); waitpid(a, NULL, WNOHANG); wait(NULL);"},
    // --- descriptors and what they lead to
    {"a pipe is not where the lowest numbers are", "long in = lowest_closed(0);",
     "long in = lowest_closed(5);", "int p[2]; pipe(p); if (fork() == 0) _exit(0); wait(NULL);"},
    {"close of what is closed goes well",
     "    op long close(long fd) {\n        if (description(fd) == 0)\n            return -EBADF;",
     "    op long close(long fd) {\n        if (description(fd) == 0)\n            return 0;",
     "int p[2]; pipe(p); close(7);"},
    {"close forgets to close", "        set(fd, 0);\n        settle();\n        return 0;",
     "        return 0;", "int p[2]; pipe(p); close(p[0]);"},
    {"dup does not take the lowest number", "to = lowest_closed(0);", "to = lowest_closed(fd);",
     "int p[2]; pipe(p); close(0); dup(p[1]);"},
    {"dup2 to a number that is too large is EMFILE", "if (d == 0 || to >= OPEN_MAX || to < -1)",
     "if (to >= OPEN_MAX) return -EMFILE; if (d == 0 || to < -1)",
     "int p[2]; pipe(p); dup2(p[0], 99);"},
    {"dup makes a description of its own", "        set(to, d);\n        settle();",
     "        set(to, d <= TERMINAL ? d : new_description(file[d], reads[d], writes[d], "
     "flags[d]));\n        settle();",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); int g = dup(f); write(f, \"ab\", 2); lseek(g, "
     "0, SEEK_CUR);"},
    {"fcntl does not set O_NONBLOCK",
     "            flags[d] = given & (O_APPEND | O_NONBLOCK);\n        return 0;",
     "            flags[d] = given & O_APPEND;\n        return 0;",
     "int p[2]; pipe(p); fcntl(p[0], F_SETFL, O_NONBLOCK);"},
    {"fcntl gives the flags without the access mode",
     "return (!writes[d] ? 0 : reads[d] ? O_RDWR : O_WRONLY) + flags[d];", "return flags[d];",
     "int p[2]; pipe(p); fcntl(p[1], F_GETFL);"},
    {"lseek from the end is from the start", "whence == 1 ? offset[d] : size[file[d]]",
     "whence == 1 ? offset[d] : 0",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); write(f, \"abc\", 3); lseek(f, 0, SEEK_END);"},
    {"a pipe has an offset",
     "        if (d == TERMINAL || (file[d] <= FILES && kind[file[d]] != REGULAR))\n            "
     "return -ESPIPE;\n        limit(file[d] <= FILES);\n        long to = by",
     "        if (d == TERMINAL)\n            return -ESPIPE;\n        long to = by",
     "int p[2]; pipe(p); lseek(p[0], 0, SEEK_SET);"},
    // --- files
    {"O_APPEND says nothing", "long at = (flags[d] & O_APPEND) != 0 ? size[n] : offset[d];",
     "long at = offset[d];",
     "int f = open(\"x\", O_WRONLY | O_CREAT | O_APPEND, 0600); int g = open(\"x\", O_WRONLY); "
     "write(g, \"ab\", 2); write(f, \"c\", 1);"},
    {"write moves no offset", "                offset[d] = at + count;", "                ;",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); write(f, \"ab\", 2);"},
    {"read of a file takes bytes out", "            offset[d] += taken;\n            return taken;",
     "            offset[d] += taken;\n            set_size(n, 0);\n            return taken;",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); char c; write(f, \"ab\", 2); lseek(f, 0, "
     "SEEK_SET); read(f, &c, 1);"},
    {"pread moves the offset", "        return copy_from(file[d], to, count, at);\n    }",
     "        offset[d] = at;\n        return copy_from(file[d], to, count, at);\n    }",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); char c; write(f, \"ab\", 2); pread(f, &c, 1, "
     "1);"},
    {"a file may be read that was opened to write",
     "        if (d == 0 || (d > TERMINAL && !reads[d]))\n            return -EBADF;\n        if "
     "(d == TERMINAL)\n            return 0;",
     "        if (d == 0)\n            return -EBADF;\n        if (d == TERMINAL)\n            "
     "return 0;",
     "int f = open(\"x\", O_WRONLY | O_CREAT, 0600); char c; read(f, &c, 1);"},
    {"O_TRUNC says nothing",
     "        if (!is_fifo && (given & O_TRUNC) != 0)\n            set_size(n, 0);\n", "",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); write(f, \"ab\", 2); open(\"x\", O_RDWR | "
     "O_TRUNC);"},
    {"unlink takes the file from who has it open",
     "        if (open == 0 && !is_named)\n            kind[n] = 0;",
     "        if (kind[n] == REGULAR && !is_named)\n            set_size(n, 0);\n        if (open "
     "== 0 && !is_named)\n            kind[n] = 0;",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); write(f, \"ab\", 2); unlink(\"x\");"},
    {"unlink keeps the name", "        remove_entry(i);\n        settle();\n        return 0;",
     "        return 0;", "open(\"x\", O_RDWR | O_CREAT, 0600); unlink(\"x\");"},
    {"rename keeps the old name",
     "            for (int k = 0; k < NAME_SIZE; k++)\n                name[i * NAME_SIZE + k] = "
     "to[k];\n",
     "            ;\n", "open(\"x\", O_RDWR | O_CREAT, 0600); rename(\"x\", \"y\");"},
    {"rename does not replace", "        } else if (named[i] != n) {",
     "        } else if (false) {",
     "open(\"x\", O_RDWR | O_CREAT, 0600); open(\"y\", O_RDWR | O_CREAT, 0600); rename(\"x\", "
     "\"y\");"},
    {"link replaces", "        if (find(to, 0) != 0)\n            return -EEXIST;\n", "",
     "open(\"x\", O_RDWR | O_CREAT, 0600); open(\"y\", O_RDWR | O_CREAT, 0600); link(\"x\", "
     "\"y\");"},
    {"ftruncate does not make what it leaves out 0",
     "    void set_size(int n, long to) {\n        for (long i = to; i < size[n]; i++)\n           "
     " content[(n - 1) * ROW + i] = 0;\n",
     "    void set_size(int n, long to) {\n",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); write(f, \"ab\", 2); ftruncate(f, 0); "
     "ftruncate(f, 2);"},
    {"fstat tells no size", "(size[n] << 16) + 32768", "32768",
     "int f = open(\"x\", O_RDWR | O_CREAT, 0600); struct stat s; write(f, \"ab\", 2); fstat(f, "
     "&s);"},
    // --- pipes and FIFOs
    {"pipe2 does not set O_NONBLOCK", "        set(in, new_description(n, true, false, given));",
     "        set(in, new_description(n, true, false, 0));",
     "int p[2]; char c; pipe2(p, O_NONBLOCK); read(p[0], &c, 1);"},
    {"an empty pipe is at its end where O_NONBLOCK is set",
     "            return -EAGAIN;\n        long given", "            return 0;\n        long given",
     "int p[2]; char c; pipe2(p, O_NONBLOCK); read(p[0], &c, 1);"},
    {"read does not wait", "        await (count == 0 || may_read(fd));\n", "",
     "int p[2]; char c; pipe(p); if (fork() == 0) { write(p[1], \"x\", 1); _exit(0); } read(p[0], "
     "&c, 1); wait(NULL);"},
    {"read waits at the end of the file", " || (ends(file[d]) & 2) == 0;", ";",
     "int p[2]; char c; pipe(p); close(p[1]); read(p[0], &c, 1);"},
    {"read leaves the bytes in the pipe",
     "        set_size(n, size[n] - given);\n        return given;", "        return given;",
     "int p[2]; char c; pipe(p); write(p[1], \"x\", 1); read(p[0], &c, 1);"},
    {"read gives the first byte again and again", "to[i] = content[(n - 1) * ROW + at + i];",
     "to[i] = content[(n - 1) * ROW + at];",
     "int p[2]; char c[2]; pipe(p); write(p[1], \"xy\", 2); read(p[0], c, 2);"},
    {"read gives all that there is",
     "long given = at + count <= size[n] ? count : at < size[n] ? size[n] - at : 0;",
     "long given = size[n] - at;",
     "int p[2]; char c[4]; pipe(p); write(p[1], \"xyz\", 3); read(p[0], c, 2);"},
    {"write puts its bytes over others", "        copy_to(n, from, part, size[n]);",
     "        copy_to(n, from, part, 0);",
     "int p[2]; char c[4]; pipe(p); write(p[1], \"a\", 1); write(p[1], \"b\", 1); read(p[0], c, "
     "2);"},
    {"no EPIPE", "        if (!is_read)\n            return -EPIPE;\n", "",
     "int p[2]; signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]); write(p[1], \"x\", 1);"},
    {"SIGPIPE kills nobody", "assert (is_read || ignores_sigpipe[owner],", "assert (true,",
     "int p[2]; pipe(p); close(p[0]); write(p[1], \"x\", 1);"},
    {"SIGPIPE kills who ignores it", "ignores_sigpipe[owner] = handler == 1;", ";",
     "int p[2]; signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]); write(p[1], \"x\", 1);"},
    {"open of a FIFO waits for nobody",
     "        is_opening[d] = waits_for_reader || waits_for_writer;",
     "        waits_for_reader = waits_for_writer = false;",
     "mkfifo(\"f\", 0600); if (fork() == 0) { open(\"f\", O_WRONLY); _exit(0); } open(\"f\", "
     "O_RDONLY); wait(NULL);"},
    {"open of a FIFO waits on", "                is_opening[e] = false;", "                ;",
     "mkfifo(\"f\", 0600); if (fork() == 0) { open(\"f\", O_WRONLY); _exit(0); } open(\"f\", "
     "O_RDONLY); wait(NULL);"},
    {"O_NONBLOCK to write needs no reader",
     "        if (waits_for_reader && (given & O_NONBLOCK) != 0)\n            return -ENXIO;\n",
     "        if ((given & O_NONBLOCK) != 0)\n            waits_for_reader = false;\n",
     "mkfifo(\"f\", 0600); open(\"f\", O_WRONLY | O_NONBLOCK);"},
    {"a FIFO opened with O_RDWR waits", "bool to_write = (given & 3) != 0;",
     "bool to_write = (given & 3) == O_WRONLY;", "mkfifo(\"f\", 0600); open(\"f\", O_RDWR);"},
    {"mkfifo takes a name that there is",
     "        if (find(path, 0) != 0)\n            return -EEXIST;\n        enter(path, "
     "new_file(FIFO));",
     "        if (find(path, 0) == 0)\n            enter(path, new_file(FIFO));",
     "mkfifo(\"f\", 0600); mkfifo(\"f\", 0600);"},
    // --- names in shared memory
    {"O_CREAT is not needed",
     "        if (n == 0 && (given & O_CREAT) == 0)\n            return -ENOENT;\n", "",
     "shm_open(\"/x\", O_RDWR, 0600);"},
    {"O_EXCL says nothing",
     "return n != 0 && (given & O_CREAT) != 0 && (given & O_EXCL) != 0 ? -EEXIST : 0;", "return 0;",
     "shm_open(\"/x\", O_RDWR | O_CREAT, 0600); shm_open(\"/x\", O_RDWR | O_CREAT | O_EXCL, "
     "0600);"},
    {"a new name leads to an old object",
     "            objects++;\n            n = FILES + objects;", "            n = FILES + 1;",
     "shm_open(\"/x\", O_RDWR | O_CREAT, 0600); shm_open(\"/y\", O_RDWR | O_CREAT, 0600);"},
    {"ftruncate sets no size", "            size[n] = to;\n            return n - FILES - 1;",
     "            return n - FILES - 1;",
     "ftruncate(shm_open(\"/x\", O_RDWR | O_CREAT, 0600), 8);"},
    {"a pipe is given a size", "|| !writes[d] || (file[d] <= FILES && kind[file[d]] != REGULAR))",
     "|| !writes[d])", "int p[2]; pipe(p); ftruncate(p[1], 8);"},
    {"sem_open always makes a new one",
     "        if (n != 0)\n            return n - OBJECTS - 1;\n", "",
     "sem_open(\"/s\", O_CREAT, 0600, 1); sem_open(\"/s\", O_CREAT, 0600, 1);"},
};

}  // namespace interleave
