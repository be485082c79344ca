#include "tests/support/kernel_rows.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "tests/support/scratch.h"

namespace interleave {
namespace {

constexpr const char* kRunRows = R"(
int main(void)
{
    struct rlimit most = {16, 16}, none = {0, 0};
    int out = fcntl(1, F_DUPFD, 100), null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &most);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        int s;
        pid_t child = fork();
        if (child == 0) {
            signal(SIGPIPE, SIG_DFL);
            alarm(20);
            exit(rows[i]());
        }
        waitpid(child, &s, 0);
        dprintf(out, "%s\n", WIFSIGNALED(s) ? sigabbrev_np(WTERMSIG(s)) : s == 0 ? "0" : "exit");
    }
    return 0;
}
)";

// With `from` at the begin of each name in quotation marks replaced; the names are added to
// `names`.
std::string WithNames(std::string text, const std::string& from, const std::string& to,
                      std::set<std::string>& names) {
  for (std::size_t at = 0; (at = text.find('"' + from, at)) != std::string::npos; ++at) {
    text.replace(at + 1, from.size(), to);
    names.insert(text.substr(at + 1, text.find('"', at + 1) - at - 1));
  }
  return text;
}

}  // namespace

std::vector<std::string> EndsOnRealKernel(const std::vector<std::string>& bodies) {
  std::set<std::string> names;
  std::string text =
      std::string("#define _GNU_SOURCE\n#include <sys/resource.h>\n") + kKernelHeaders;
  std::string table = "static int (*const rows[])(void) = {";
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    text += fmt::format("static int row{}(void)\n{{\n{}\nreturn 0;\n}}\n", i, bodies[i]);
    table += fmt::format("row{}, ", i);
  }
  text =
      WithNames(text + table + "};\n" + kRunRows, "/il_", fmt::format("/il_{}_", getpid()), names);
  const Scratch scratch;
  const std::string file = scratch.Write("rows.c", text);
  const std::string rows = scratch.Path("rows");
  const Scratch::Output build =
      scratch.CallProgram("gcc", {"-std=gnu17", "-w", "-pthread", "-o", rows, file, "-lrt"});
  REQUIRE_MESSAGE(build.code == 0, build.err);
  std::istringstream said(scratch.CallProgram(rows, {}).out);
  for (const std::string& name : names) {
    shm_unlink(name.c_str());
    sem_unlink(name.c_str());
  }
  std::vector<std::string> ends;
  for (std::string line; std::getline(said, line);) {
    ends.push_back(line == "0" ? "" : line == "exit" ? line : "SIG" + line);
  }
  REQUIRE(ends.size() == bodies.size());
  return ends;
}

std::string WithLastAssertionWrong(std::string body) {
  const std::size_t at = body.rfind("assert(");
  body.replace(at, 7, "assert(!(");
  int level = 2;
  std::size_t end = at + 9;
  for (; level > 1; ++end) level += body[end] == '(' ? 1 : body[end] == ')' ? -1 : 0;
  body.insert(end, ")");
  return body;
}

LoadedScenario LoadRow(const std::string& body) {
  return LoadScenario(
      kKernelHeaders + std::string("int main(void)\n{\n") + body + "\nreturn 0;\n}\n", {}, {},
      "row.c");
}

}  // namespace interleave
