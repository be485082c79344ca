// Faults planted into the model of the kernel, one at a time: random sequences of calls notice
// each.

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "model/search/check.h"
#include "sim/objects/kinds.h"
#include "sim/program/build.h"
#include "tests/support/kernel_calls.h"
#include "tests/support/kernel_rows.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

struct PlantedFault {
  const char* name;
  const char* what;  // stands once in the model
  const char* by;
};

constexpr PlantedFault kPlantedFaults[] = {
    // Processes.
    {"fork copies no descriptors",
     "            descriptor[child * OPEN_MAX + fd] = descriptor[owner * OPEN_MAX + fd];\n",
     "            ;\n"},
    {"fork forgets that SIGPIPE is ignored",
     "        ignores_sigpipe[child] = ignores_sigpipe[owner];\n", ""},
    {"exit closes nothing", "            descriptor[me * OPEN_MAX + fd] = 0;\n", "            ;\n"},
    {"orphans keep their parent", "                parent[child] = 0;\n", ""},
    {"exit gives more than 8 bits", "(code & 255) << 8", "code << 8"},
    {"no zombies", "            is_over[me] = true;\n", ""},
    {"wait takes any child",
     "is_over[child] && (wanted == 0 || wanted == child))\n                which--",
     "is_over[child])\n                which--"},
    {"a child is waited for twice",
     "        is_over[child] = false;\n        parent[child] = 0;\n        status[child] = 0;\n"
     "        return",
     "        return"},
    {"of several zombies the last one comes first", "choose (1 .. count)", "count"},
    {"WNOHANG: no child instead of none yet", "            return 0;\n        return reap(wanted);",
     "            return -1;\n        return reap(wanted);"},
    {"a zombie is no child", "(runs[child] || is_over[child]) && (wanted",
     "runs[child] && (wanted"},
    {"anybody's child may be waited for", "if (parent[child] == owner && (runs[child]",
     "if ((runs[child]"},
    {"the parent is nobody", "return runs[owner] ? parent[owner] : -1;", "return 0;"},
    // Descriptors and open file descriptions.
    {"not the lowest descriptor", "        long fd = from;\n",
     "        long fd = from < 4 ? 4 : from;\n"},
    {"close: what is closed can be closed", "            return -EBADF;\n        set(fd, 0);",
     "            return 0;\n        set(fd, 0);"},
    {"close leaves the descriptor", "        set(fd, 0);\n", ""},
    {"close ends no description", "        set(fd, 0);\n        settle();\n",
     "        set(fd, 0);\n"},
    {"dup2 ends no description", "        set(to, d);\n        settle();\n",
     "        set(to, d);\n"},
    {"dup: EBADF instead of EMFILE", "        if (to == OPEN_MAX)\n            return -EMFILE;",
     "        if (to == OPEN_MAX)\n            return -EBADF;"},
    {"dup2: a wrong number", "|| to >= OPEN_MAX || to < -1", "|| to > OPEN_MAX || to < -1"},
    {"dup makes a new description", "        set(to, d);\n",
     "        if (d > TERMINAL && to != fd)\n"
     "            d = new_description(file[d], reads[d], writes[d], flags[d]);\n        set(to, "
     "d);\n"},
    {"flags are forgotten", "flags[d] = given & (O_APPEND | O_NONBLOCK);\n        return d;",
     "return d;"},
    {"F_SETFL sets O_NONBLOCK alone",
     "flags[d] = given & (O_APPEND | O_NONBLOCK);\n        return 0;",
     "flags[d] = given & O_NONBLOCK;\n        return 0;"},
    {"F_SETFL takes nothing away", "flags[d] = given & (O_APPEND | O_NONBLOCK);\n        return 0;",
     "flags[d] = flags[d] | (given & (O_APPEND | O_NONBLOCK));\n        return 0;"},
    {"F_GETFL: what is open for both is told as to write",
     "!writes[d] ? 0 : reads[d] ? O_RDWR : O_WRONLY", "!writes[d] ? 0 : O_WRONLY"},
    {"a new description has the offset of an old one", "            offset[next] = 0;\n", ""},
    {"lseek from the end is from the start", "whence == 1 ? offset[d] : size[file[d]]",
     "whence == 1 ? offset[d] : 0"},
    {"lseek: before the start",
     "        if (to < 0)\n            return -EINVAL;\n        limit(to", "        limit(to"},
    {"SIGPIPE is ignored for good", "ignores_sigpipe[owner] = handler == 1;",
     "ignores_sigpipe[owner] = true;"},
    // Files and names.
    {"a pipe holds what nobody can read any more",
     "kind[n] == PIPE ? (open & 1) == 0 :", "kind[n] == PIPE ? false :"},
    {"a FIFO keeps what is in it", "(kind[n] == FIFO || !is_named)", "!is_named"},
    {"a file ends with its name", "if (open == 0 && !is_named)",
     "if (!is_named && kind[n] != PIPE)"},
    {"a file ends when it is closed", "(kind[n] == FIFO || !is_named))\n", "true)\n"},
    {"what is cut off comes back", "            content[(n - 1) * ROW + i] = 0;\n",
     "            ;\n"},
    {"pipe: ends in the other order", "return (out << 8) + in;", "return (in << 8) + out;"},
    {"pipe: ENFILE instead of EMFILE", "        if (out >= OPEN_MAX)\n            return -EMFILE;",
     "        if (out >= OPEN_MAX)\n            return -23;"},
    {"ftruncate: a pipe has a size",
     "|| (file[d] <= FILES && kind[file[d]] != REGULAR))\n            return -EINVAL;",
     ")\n            return -EINVAL;"},
    {"ftruncate: what is open to read", "        if (d == TERMINAL || !writes[d] ||",
     "        if (d == TERMINAL ||"},
    {"ftruncate: a length below 0",
     "        if (to < 0)\n            return -EINVAL;\n        int d", "        int d"},
    {"mmap: what is open to read is written",
     "is_shared && (protection & PROT_WRITE) != 0 && !writes[d]", "false"},
    {"fstat: no size", "(size[n] << 16) + 32768", "32768"},
    {"all names are one", "for (int k = 0; k < NAME_SIZE && is_same; k++)",
     "for (int k = 0; k < 1 && is_same; k++)"},
    {"objects and semaphores have their names together", "n <= OBJECTS ? 1 : 2",
     "n <= OBJECTS ? 1 : 1"},
    {"O_CREAT is not needed",
     "        if (n == 0 && (given & O_CREAT) == 0)\n            return -ENOENT;\n", ""},
    {"O_EXCL is forgotten", "(given & O_EXCL) != 0 ? -EEXIST : 0", "false ? -EEXIST : 0"},
    {"O_TRUNC is forgotten",
     "        if (!is_fifo && (given & O_TRUNC) != 0)\n            set_size(n, 0);\n", ""},
    {"O_WRONLY reads, too", "bool to_read = (given & 3) != O_WRONLY;", "bool to_read = true;"},
    {"FIFO: no ENXIO", "            return -ENXIO;\n", "            ;\n"},
    {"mkfifo over what is there",
     "        if (find(path, 0) != 0)\n            return -EEXIST;\n        enter(path, "
     "new_file(FIFO));",
     "        if (find(path, 0) == 0)\n            enter(path, new_file(FIFO));"},
    {"unlink leaves the name",
     "        remove_entry(i);\n        settle();\n        return 0;\n    }\n\n    void",
     "        settle();\n        return 0;\n    }\n\n    void"},
    {"unlink does not say ENOENT", "            return -ENOENT;\n        remove_entry(i);",
     "            return 0;\n        remove_entry(i);"},
    {"link copies", "        enter(to, n);\n", "        enter(to, new_file(REGULAR));\n"},
    {"rename leaves the old name",
     "            i = entry(path, 0);\n            remove_entry(i);\n", ""},
    {"rename to what is there does nothing", "            named[i] = n;\n", ""},
    {"shm_open: a new name has an old object", "            n = FILES + objects;\n",
     "            n = FILES + 1;\n"},
    {"sem_open sets the value again", "return n - OBJECTS - 1;", "return 256 + n - OBJECTS - 1;"},
    // Reading and writing.
    {"read of nothing waits", "await (count == 0 || may_read(fd));", "await (may_read(fd));"},
    {"read waits at the end of the file", " || (ends(file[d]) & 2) == 0;\n    }\n\n    // read",
     ";\n    }\n\n    // read"},
    {"EAGAIN at the end of the file", "size[n] == 0 && (ends(n) & 2) != 0)", "size[n] == 0)"},
    {"read moves no offset", "            offset[d] += taken;\n", ""},
    {"read leaves the bytes", "        set_size(n, size[n] - given);\n", ""},
    {"read gives the bytes in the other order", "to[i] = content[(n - 1) * ROW + at + i];",
     "to[given - 1 - i] = content[(n - 1) * ROW + at + i];"},
    {"what is open to write is read",
     "            return -EBADF;\n        if (d == TERMINAL)\n            return 0;\n        int n "
     "= file[d];",
     "            ;\n        if (d == TERMINAL)\n            return 0;\n        int n = file[d];"},
    {"O_APPEND is forgotten", "long at = (flags[d] & O_APPEND) != 0 ? size[n] : offset[d];",
     "long at = offset[d];"},
    {"O_APPEND: pwrite, too, as POSIX has it", "(flags[d] & O_APPEND) != 0 ? size[file[d]] : at);",
     "at);"},
    {"write moves no offset", "                offset[d] = at + count;\n", "                ;\n"},
    {"a file does not grow", "            size[n] = at + count;\n", "            ;\n"},
    {"write over what a pipe holds", "copy_to(n, from, part, size[n]);",
     "copy_to(n, from, part, 0);"},
    {"a part is written", "        long part = count;\n",
     "        long part = count > 5 ? 5 : count;\n"},
    {"no EPIPE", "        if (!is_read)\n            return -EPIPE;\n", ""},
    {"no SIGPIPE", "assert (is_read || ignores_sigpipe[owner],", "assert (true,"},
    {"nothing is written where nobody reads",
     "        if (count == 0)\n            return 0;\n        bool is_read",
     "        bool is_read"},
};

// The kinds, with another model of the kernel.
KindLibrary WithKernel(const std::string& model) {
  KindLibrary library;
  for (const auto& [name, files] : CompiledInKinds()) library.Add(name, files);
  const KindSource& kernel = *KindLibrary::Default().Find("kernel");
  std::map<std::string, std::string> files = {{"model.scn", model},
                                              {"words.json", kernel.words_text}};
  for (const auto& [header, text] : kernel.headers) files.emplace(header + ".scn", text);
  library.Add("kernel", files);
  return library;
}

TEST_CASE("Each fault of the kernel's model is noticed by random calls") {
#ifdef INTERLEAVE_SANITIZED
  constexpr std::size_t kEveryFault = 12;
#else
  constexpr std::size_t kEveryFault = 1;
#endif
  constexpr uint64_t kSequences = 3'000;
  std::vector<CallSequence> sequences;
  const std::string& model = KindLibrary::Default().Find("kernel")->model;
  uint64_t last = 0;
  for (std::size_t i = 0; i < std::size(kPlantedFaults); i += kEveryFault) {
    const PlantedFault& fault = kPlantedFaults[i];
    INFO(std::string(fault.name));
    const std::size_t at = model.find(fault.what);
    REQUIRE(at != std::string::npos);
    REQUIRE(model.find(fault.what, at + 1) == std::string::npos);
    std::string faulty = model;
    faulty.replace(at, std::string(fault.what).size(), fault.by);
    const ModelCalls calls(WithKernel(faulty));
    std::string said;
    uint64_t seed = 0;
    for (; said.empty() && seed < kSequences; ++seed) {
      if (seed == sequences.size()) sequences.push_back(MakeRealCalls(seed));
      said = calls.Difference(sequences[seed], nullptr);
    }
    CHECK(said != "");
    last = std::max(last, seed);
  }
  MESSAGE(std::size(kPlantedFaults) << " faults, noticed within " << last << " sequences");
}

// Random calls map nothing but objects.
struct MappingFault {
  const char* name;
  const char* what;
  const char* by;
  const char* row;  // a body as in tests/kernel_rows, which holds without the fault
};

constexpr const char* kFile =
    "int fd = open(\"f\", O_CREAT | O_RDWR, 0600); write(fd, \"abc\", 3); char c;\n";

constexpr MappingFault kMappingFaults[] = {
    {"what is open to read is not written in private", "(is_shared && (protection", "((protection",
     "int mine = open(\"f\", O_RDONLY);"
     "char *m = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_PRIVATE, mine, 0);"
     "assert(m != MAP_FAILED);"},
    {"a length of 0", "(how & 3) == 0 || (how & 4) != 0", "(how & 3) == 0",
     "char *m = mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0); assert(m == MAP_FAILED);"},
    {"neither shared nor private", "(how & 3) == 0 || (how & 4) != 0", "(how & 4) != 0",
     "char *m = mmap(NULL, 3, PROT_READ, 0, fd, 0); assert(m == MAP_FAILED);"},
    {"what is mapped ends when it is closed", "                is_mapped[n] = true;\n",
     "                ;\n",
     "char *m = mmap(NULL, 3, PROT_READ, MAP_SHARED, fd, 0); unlink(\"f\"); close(fd);"
     "assert(m[0] == 'a');"},
    {"another file is mapped", "return 15 + n;", "return 16 + n;",
     "char *m = mmap(NULL, 3, PROT_READ, MAP_SHARED, fd, 0); assert(m[0] == 'a');"},
    {"a file cannot be read that is mapped", "(protection & PROT_WRITE) != 0 && !writes[d]))",
     "!writes[d]))",
     "int mine = open(\"f\", O_RDONLY); char *m = mmap(NULL, 3, PROT_READ, MAP_SHARED, mine, 0);"
     "assert(m != MAP_FAILED && m[2] == 'c');"},
};

Verdict VerdictOfRow(const KindLibrary& library, const std::string& body) {
  const Source source("row.c", kKernelHeaders + std::string("int main(void)\n{\n") + kFile + body +
                                   "\nreturn 0;\n}\n");
  Diagnostics diagnostics;
  const BuiltProgram built = BuildProgram(source, {}, {}, diagnostics, library);
  REQUIRE_MESSAGE(built.program != nullptr, diagnostics.Render(source));
  return Check(*built.program, CheckOptions{}).verdict;
}

TEST_CASE("Each fault of mappings of files is noticed by a row") {
  const std::string& model = KindLibrary::Default().Find("kernel")->model;
  for (const MappingFault& fault : kMappingFaults) {
    INFO(std::string(fault.name));
    const std::size_t at = model.find(fault.what);
    REQUIRE(at != std::string::npos);
    REQUIRE(model.find(fault.what, at + 1) == std::string::npos);
    std::string faulty = model;
    faulty.replace(at, std::string(fault.what).size(), fault.by);
    CHECK(VerdictOfRow(KindLibrary::Default(), fault.row) == Verdict::kHolds);
    CHECK(VerdictOfRow(WithKernel(faulty), fault.row) == Verdict::kError);
  }
}

}  // namespace
}  // namespace interleave
