// The kernel's calls of programs in C that fork, made by real processes beside the model: what
// conforms, that a mistake in the model is found, that what the machine does is no difference, and
// that nothing stays.

#include "sim/world/kernel_world.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "model/conform/conform.h"
#include "sim/program/build.h"
#include "sim/world/run.h"
#include "sim/world/schedule_run.h"
#include "tests/kernel_world_faults.h"
#include "tests/support/scenario_loader.h"
#include "tests/support/scratch.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram =
    "#include <errno.h>\n#include <fcntl.h>\n#include <semaphore.h>\n#include <signal.h>\n"
    "#include <stdio.h>\n#include <stdlib.h>\n#include <sys/mman.h>\n#include "
    "<sys/stat.h>\n#include <sys/types.h>\n"
    "#include <sys/wait.h>\n#include <unistd.h>\nint main(void) {{ {} return 0; }}\n";

constexpr uint64_t kMostStatesOfKernel = 3'000;
// Of so many programs or mistakes one is taken.
#ifdef INTERLEAVE_SANITIZED
constexpr std::size_t kOneProgramOf = 4;
#else
constexpr std::size_t kOneProgramOf = 1;
#endif

ConformResult ConformOf(const Program& program) {
  ConformOptions options;
  options.max_states = kMostStatesOfKernel;
  return Conform(program, options);
}

std::vector<std::string> ForkingPrograms() {
  std::vector<std::string> files;
  const std::string folder = "scenarios/programs/processes";
  for (const auto& entry :
       fs::directory_iterator(std::string(INTERLEAVE_SOURCE_DIR) + "/" + folder))
    if (entry.path().extension() == ".c")
      files.push_back(folder + "/" + entry.path().filename().string());
  std::sort(files.begin(), files.end());
  return files;
}

// The kernel's model with another text in one place.
struct WithModelFault {
  WithModelFault(const KernelWorldFault& fault, const std::string& text)
      : source("program.c", text) {
    for (auto [name, files] : CompiledInKinds()) {
      if (name == "kernel") {
        std::string& model = files["model.scn"];
        const std::size_t at = model.find(fault.right);
        REQUIRE_MESSAGE(at != std::string::npos, fault.name);
        model.replace(at, std::string(fault.right).size(), fault.wrong);
        REQUIRE_MESSAGE(
            model.find(fault.right, at + std::string(fault.wrong).size()) == std::string::npos,
            fault.name);
      }
      library.Add(name, files);
    }
    built = BuildProgram(source, {}, {}, diagnostics, library);
    REQUIRE_MESSAGE(built.program != nullptr, diagnostics.Render(source));
  }

  KindLibrary library;
  Source source;
  Diagnostics diagnostics;
  BuiltProgram built;
};

// What has a name, in shared memory or in the folder for temporary files, and is of a run of the
// process `pid`.
std::vector<std::string> NamesOf(pid_t pid) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("/dev/shm")) {
    const std::string name = entry.path().filename().string();
    if (Has(name, "interleave-") && Has(name, fmt::format("-{}-", pid))) names.push_back(name);
  }
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("interleave-") && Has(name, fmt::format("-{}-", pid)))
      names.push_back(name);
  }
  return names;
}

TEST_CASE("The kernel's calls of every program that forks conform") {
  const std::vector<std::string> files = ForkingPrograms();
  REQUIRE(files.size() > 20);
  uint64_t calls = 0;
  uint64_t waiting = 0;
  for (std::size_t i = 0; i < files.size(); i += kOneProgramOf) {
    const std::string& file = files[i];
    CAPTURE(file);
    const LoadedScenario loaded = LoadScenarioFile(file);
    REQUIRE_MESSAGE(loaded, loaded.diagnostics);
    if (Has(loaded.source->text(), "option pipe_")) {
      CHECK_THROWS_AS(ConformOf(*loaded), std::runtime_error);
      continue;
    }
    const ConformResult result = ConformOf(*loaded);
    CHECK_MESSAGE(result.conforms, result.difference);
    CHECK((result.complete || !Has(result.incomplete_reason, "lost")));
    CHECK(result.calls > 0);
    calls += result.calls;
    waiting += result.blocked;
  }
  MESSAGE(calls << " calls, " << waiting << " found waiting");
  CHECK(waiting > 50);
  CHECK(NamesOf(getpid()).empty());
}

TEST_CASE("A mistake in the rules of the kernel's model is found") {
  std::size_t number = 0;
  for (const KernelWorldFault& fault : kKernelWorldFaults) {
    CAPTURE(fault.name);
    if (number++ % kOneProgramOf != 0) continue;
    const std::string text = fmt::format(fmt::runtime(kProgram), fault.body);
    // Without the mistake the program conforms.
    const LoadedScenario right = LoadScenario(text, {}, {}, "program.c");
    REQUIRE_MESSAGE(right, right.diagnostics);
    const ConformResult conforms = ConformOf(*right);
    CHECK_MESSAGE(conforms.conforms, conforms.difference);
    CHECK(conforms.complete);
    const WithModelFault wrong(fault, text);
    const ConformResult differs = ConformOf(*wrong.built.program);
    CHECK_FALSE(differs.conforms);
    CHECK(Has(differs.difference, "simulated"));
    CHECK(Has(differs.difference, "real"));
  }
}

TEST_CASE("A difference tells the call, what the model says of it, and what the kernel says") {
  const Scratch scratch;
  const std::string text = fmt::format(
      fmt::runtime(kProgram),
      "int p[2]; signal(SIGPIPE, SIG_IGN); pipe(p); close(p[0]); write(p[1], \"xy\", 2);");
  scratch.Write("program.c", text);
  for (const auto& [name, files] : CompiledInKinds()) {
    if (name != "kernel") continue;
    for (auto [file, content] : files) {
      const std::size_t at = content.find("return -EPIPE;");
      if (file == "model.scn") content.replace(at, 14, "return -EINVAL;");
      scratch.Write("kinds/kernel/" + file, content);
    }
  }
  const auto with_fault = [&](const std::string& arguments) {
    return scratch.CallProgram(
        "bash", {"-c", "INTERLEAVE_OBJECTS=$PWD/kinds \"" INTERLEAVE_BINARY "\" " + arguments});
  };
  const auto conform = with_fault("conform program.c --schedule out.sched");
  CHECK(conform.code == 17);
  CHECK(Has(conform.out, "DIFFERS"));
  CHECK(Has(conform.out,
            "of main[0]\n  simulated: write(4, 2) = -1 EINVAL\n  real:      write(4, 2) = -1 "
            "EPIPE\n"));
  const auto replay = with_fault("replay program.c out.sched --world both");
  CHECK(replay.code == 17);
  CHECK(Has(replay.out, "write(4, 2) = -1 EPIPE"));
  CHECK(with_fault("run program.c --world real").code == 17);
  // Without the mistake.
  const auto run = scratch.Call({"run", "program.c", "--world", "both"});
  CHECK(run.code == 0);
  CHECK(Has(run.out, "5 calls of the kernel made by real processes, none differs"));
  const auto right = scratch.Call({"conform", "program.c"});
  CHECK(right.code == 0);
  CHECK(Has(right.out, "5 calls of the kernel made by real processes, none differs"));
  CHECK(Has(right.out, "control are the model's"));
}

TEST_CASE("What is about the code of processes is refused for a program that forks") {
  const Scratch scratch;
  scratch.Write("program.c", fmt::format(fmt::runtime(kProgram), "if (fork() == 0) _exit(0);"));
  for (const char* call :
       {"stress program.c", "check program.c --world real", "conform program.c --region shm",
        "run program.c --world both --engine interpreted",
        "conform program.c --plant-fault dropped-store"}) {
    CAPTURE(call);
    const auto output =
        scratch.CallProgram("bash", {"-c", fmt::format("\"{}\" {}", INTERLEAVE_BINARY, call)});
    CHECK(output.code == 1);
    CHECK(Has(output.err, "a program that forks, or has descriptors"));
  }
  // Nor is there a pipe of eight bytes.
  scratch.Write("small.c", "//@ option pipe_size = 8;\n" +
                               fmt::format(fmt::runtime(kProgram), "int p[2]; pipe(p);"));
  const auto output = scratch.Call({"conform", "small.c"});
  CHECK(output.code == 1);
  CHECK(Has(output.err, "`option pipe_size`"));
}

constexpr const char* kThree =
    "int p[2]; char c; mkfifo(\"f\", 0600); write(open(\"g\", O_RDWR | O_CREAT, 0600), \"x\", 1);"
    "sem_open(\"/s\", O_CREAT, 0600, 1);"
    "ftruncate(shm_open(\"/x\", O_RDWR | O_CREAT, 0600), 8); pipe(p);"
    "if (fork() == 0) { if (fork() == 0) { close(p[1]); read(p[0], &c, 1); _exit(0); }"
    "write(p[1], \"xyz\", 3); _exit(0); }"
    "close(p[1]); read(p[0], &c, 1); wait(NULL); read(p[0], &c, 1);";

TEST_CASE("A process that is killed from outside is lost, which is no difference") {
  const LoadedScenario loaded =
      LoadScenario(fmt::format(fmt::runtime(kProgram), kThree), {}, {}, "program.c");
  REQUIRE_MESSAGE(loaded, loaded.diagnostics);
  for (const uint64_t at : {5U, 12U, 20U, 30U, 41U}) {
    CAPTURE(at);
    ConformOptions options;
    options.real.before_turn = [at](uint64_t turn, const std::vector<pid_t>& pids) {
      if (turn < at) return;
      for (const pid_t pid : pids) {
        if (pid != 0) kill(pid, SIGKILL);
      }
    };
    const ConformResult result = Conform(*loaded, options);
    CHECK_MESSAGE(result.conforms, result.difference);
    CHECK_FALSE(result.complete);
    CHECK(Has(result.incomplete_reason, "lost"));
  }
}

TEST_CASE("A process that is stopped is lost, too") {
  const LoadedScenario loaded =
      LoadScenario(fmt::format(fmt::runtime(kProgram), kThree), {}, {}, "program.c");
  ConformOptions options;
  options.real.hang_seconds = 0.2;
  options.real.before_turn = [](uint64_t turn, const std::vector<pid_t>& pids) {
    if (turn == 30 && pids[0] != 0) kill(pids[0], SIGSTOP);
  };
  const ConformResult result = Conform(*loaded, options);
  CHECK(result.conforms);
  CHECK_FALSE(result.complete);
}

// Processes in whose status a member of the group `leader` is named, zombies included.
std::vector<pid_t> GroupOf(pid_t leader) {
  std::vector<pid_t> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (getpgid(pid) == leader) found.push_back(pid);
  }
  return found;
}

TEST_CASE("Nothing stays: no process, no name") {
  const LoadedScenario loaded =
      LoadScenario(fmt::format(fmt::runtime(kProgram), kThree), {}, {}, "program.c");
  pid_t leader = 0;
  std::size_t most_names = 0;
  {
    RealOptions options;
    options.before_turn = [&](uint64_t, const std::vector<pid_t>& pids) {
      if (pids[0] != 0) leader = getpgid(pids[0]);
      most_names = std::max(most_names, NamesOf(getpid()).size());
    };
    KernelWorld world(*loaded, options);
    Run run(world);
    CHECK(RandomWalk(run, 1, 1000, {}));
    CHECK(world.calls() > 10);
    REQUIRE(leader > 0);
    CHECK(leader != getpgrp());
    CHECK(GroupOf(leader).size() >= 1);
  }
  CHECK(most_names == 3);  // of shared memory, of a semaphore, of the folder
  CHECK(GroupOf(leader).empty());
  CHECK(NamesOf(getpid()).empty());
}

// Its tours take some seconds.
constexpr const char* kLong =
    "int p[2]; char c; mkfifo(\"f\", 0600); shm_open(\"/x\", O_RDWR | O_CREAT, 0600);"
    "sem_open(\"/s\", O_CREAT, 0600, 1); pipe(p);"
    "for (int i = 0; i < 3; i++) if (fork() == 0) { write(p[1], \"x\", 1); write(p[1], \"y\", 1);"
    "read(p[0], &c, 1); _exit(i); }"
    "while (wait(NULL) > 0) continue;";

TEST_CASE("Nothing stays of a run that is interrupted or killed") {
  for (const char* signal : {"TERM", "INT", "KILL"}) {
    CAPTURE(signal);
    const Scratch scratch;
    scratch.Write("program.c", fmt::format(fmt::runtime(kProgram), kLong));
    // Until the process that keeps the others has some.
    const std::string script = fmt::format(
        "set -m; \"{}\" conform program.c > out 2>&1 & p=$!; group=; "
        "while [ -z \"$group\" ] && kill -0 $p; do "
        "for k in $(cat /proc/$p/task/$p/children); do "
        "[ -n \"$(cat /proc/$k/task/$k/children)\" ] && group=$k; done; done 2>/dev/null; "
        "kill -{} $p; wait $p 2>/dev/null; echo $p $group",
        INTERLEAVE_BINARY, signal);
    const auto output = scratch.CallProgram("bash", {"-c", script});
    pid_t tool = 0;
    pid_t group = 0;
    REQUIRE(std::sscanf(output.out.c_str(), "%d %d", &tool, &group) == 2);
    // It cleans up by itself or, killed, its janitor does.
    bool is_clean = false;
    for (int tries = 0; tries < 300 && !is_clean; ++tries) {
      is_clean = GroupOf(group).empty() && NamesOf(tool).empty() && kill(tool, 0) != 0;
      if (!is_clean) usleep(100'000);
    }
    CHECK(is_clean);
  }
}

}  // namespace
}  // namespace interleave
