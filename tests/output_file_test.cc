// Files that are written: whatever happens on the way, what was there stays until the new one is
// whole, and nothing else is left beside it.

#include "sim/host/output_file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include "sim/host/interrupted.h"

namespace interleave {
namespace {

namespace fs = std::filesystem;

// A folder of its own, gone at the end.
class OutputFolder {
 public:
  OutputFolder() {
    std::string pattern = (fs::temp_directory_path() / "output_file_test.XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;
  ~OutputFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Make(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return Path(name);
  }
  std::string Content(const std::string& name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  long entries() const { return std::distance(fs::directory_iterator(path_), {}); }

 private:
  fs::path path_;
};

OutputFile::Options NamedUnfinished() {
  OutputFile::Options options;
  options.can_be_unnamed = false;
  return options;
}

void PutFile(const std::string& path, const std::string& text, const OutputFile::Options& options) {
  OutputFile file(path, options);
  file.Write(text);
  file.Finish();
}

// The code of the std::system_error that `work` throws; 0: none.
int WriteErrorOf(const std::function<void()>& work) {
  try {
    work();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

mode_t FileModeOf(const std::string& path) {
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

// Each with an unfinished file that has no name, and with one that has.
template <class Test>
void BothUnfinished(const Test& test) {
  for (const OutputFile::Options& options : {OutputFile::Options(), NamedUnfinished()}) {
    CAPTURE(options.can_be_unnamed);
    test(options);
  }
}

TEST_CASE("A file is there when it is whole, and not before") {
  BothUnfinished([](const OutputFile::Options& options) {
    const OutputFolder folder;
    const std::string path = folder.Make("a", "old");
    {
      OutputFile file(path, options);
      file.Write(std::string(1 << 20, 'x'));
      CHECK(folder.Content("a") == "old");
      file.Write("y");
      file.Finish();
    }
    CHECK(folder.Content("a") == std::string(1 << 20, 'x') + "y");
    {
      OutputFile file(path, options);
      file.Write("given up");
    }
    CHECK(folder.Content("a").size() == (1 << 20) + 1);
    { const OutputFile file(folder.Path("new"), options); }
    OutputFile::Try(folder.Path("new"), options);
    CHECK(folder.entries() == 1);
  });
}

TEST_CASE("Permissions and links stay; another hard link keeps the old content") {
  BothUnfinished([](const OutputFile::Options& options) {
    const OutputFolder folder;
    const mode_t mask = umask(027);
    PutFile(folder.Path("new"), "new", options);
    umask(mask);
    CHECK(FileModeOf(folder.Path("new")) == 0640);
    const std::string path = folder.Make("a", "old");
    REQUIRE(chmod(path.c_str(), 0751) == 0);
    fs::create_hard_link(path, folder.Path("hard"));
    fs::create_directory(folder.Path("deep"));
    fs::create_symlink("../a", folder.Path("deep/link"));
    fs::create_symlink(folder.Path("deep/link"), folder.Path("link"));
    PutFile(folder.Path("link"), "changed", options);
    CHECK(fs::is_symlink(folder.Path("link")));
    CHECK(fs::is_symlink(folder.Path("deep/link")));
    CHECK(folder.Content("a") == "changed");
    CHECK(FileModeOf(path) == 0751);
    CHECK(folder.Content("hard") == "old");
    // A link that leads nowhere yet.
    fs::create_symlink("target", folder.Path("dangling"));
    PutFile(folder.Path("dangling"), "there", options);
    CHECK(fs::is_symlink(folder.Path("dangling")));
    CHECK(folder.Content("target") == "there");
    fs::create_symlink("loop", folder.Path("loop"));
    CHECK(WriteErrorOf([&] { PutFile(folder.Path("loop"), "", options); }) == ELOOP);
  });
}

TEST_CASE("What cannot be written is said at once, and nothing is left") {
  BothUnfinished([](const OutputFile::Options& options) {
    const OutputFolder folder;
    const auto error_of_try = [&](const std::string& name) {
      return WriteErrorOf([&] { OutputFile::Try(folder.Path(name), options); });
    };
    folder.Make("a", "");
    CHECK(error_of_try("no/such/folder") == ENOENT);
    CHECK(error_of_try("a/b") == ENOTDIR);
    CHECK(error_of_try(".") == EISDIR);
    CHECK(error_of_try("a") == 0);
    if (geteuid() != 0) {
      fs::permissions(folder.Path("a"), fs::perms::owner_read);
      CHECK(error_of_try("a") == EACCES);
    }
    CHECK(folder.entries() == 1);
    try {
      OutputFile::Try(folder.Path("no/such"), options);
    } catch (const std::system_error& error) {
      CHECK(error.what() ==
            "cannot write " + folder.Path("no/such") + ": No such file or directory");
    }
  });
}

TEST_CASE("A limit on the way costs the new file only") {
  BothUnfinished([](const OutputFile::Options& options) {
    const OutputFolder folder;
    const std::string path = folder.Make("a", "old");
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit small = {1000, 1000};
      setrlimit(RLIMIT_FSIZE, &small);
      _exit(WriteErrorOf([&] { PutFile(path, std::string(100'000, 'x'), options); }));
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == EFBIG);
    CHECK(folder.Content("a") == "old");
    CHECK(folder.entries() == 1);
  });
}

TEST_CASE("A signal handler can remove what is unfinished") {
  const OutputFolder folder;
  OutputFile one(folder.Path("one"), NamedUnfinished());
  OutputFile two(folder.Path("two"), NamedUnfinished());
  CHECK(folder.entries() == 2);
  OutputFile::RemoveUnfinished();
  CHECK(folder.entries() == 0);
  CHECK(WriteErrorOf([&] { one.Finish(); }) == ENOENT);
}

TEST_CASE("Devices, FIFOs and descriptors are written through") {
  const OutputFolder folder;
  const OutputFile::Options any;
  PutFile("/dev/null", "gone", any);
  CHECK(fs::is_character_file("/dev/null"));
  if (fs::exists("/dev/full")) {
    CHECK(WriteErrorOf([&] { PutFile("/dev/full", "x", any); }) == ENOSPC);
  }
  const std::string fifo = folder.Path("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  OutputFile::Try(fifo, any);  // does not wait
  std::string read;
  std::thread reader([&] {
    std::ifstream in(fifo, std::ios::binary);
    read.assign(std::istreambuf_iterator<char>(in), {});
  });
  PutFile(fifo, "through", any);
  reader.join();
  CHECK(read == "through");
  CHECK(fs::is_fifo(fifo));
  const std::atomic<bool> cancelled = true;
  OutputFile::Options cancel;
  cancel.cancel = &cancelled;
  CHECK_THROWS_AS(OutputFile(fifo, cancel), Interrupted);
  // A descriptor goes on where it stands, although a file of that name could be replaced.
  const int descriptor = open(folder.Path("log").c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(descriptor >= 0);
  REQUIRE(write(descriptor, "before ", 7) == 7);
  fs::create_symlink("/dev/fd/" + std::to_string(descriptor), folder.Path("link"));
  PutFile(folder.Path("link"), "after", any);
  close(descriptor);
  CHECK(folder.Content("log") == "before after");
}

TEST_CASE("Where only a regular file will do, others are refused and left alone") {
  const OutputFolder folder;
  OutputFile::Options regular;
  regular.only_regular = true;
  const std::string fifo = folder.Path("fifo");
  REQUIRE(mkfifo(fifo.c_str(), 0600) == 0);
  fs::create_symlink("/dev/null", folder.Path("link"));
  for (const std::string& path :
       {std::string("/dev/null"), fifo, folder.Path("link"), std::string("-"),
        std::string("/dev/stdout"), std::string("/dev/fd/1")}) {
    CAPTURE(path);
    CHECK(WriteErrorOf([&] { OutputFile::Try(path, regular); }) == EINVAL);
    CHECK(WriteErrorOf([&] { PutFile(path, "x", regular); }) == EINVAL);
  }
  CHECK(fs::is_fifo(fifo));
  CHECK(fs::is_character_file("/dev/null"));
  PutFile(folder.Path("new"), "x", regular);
  CHECK(folder.Content("new") == "x");
}

// Until the moment of rename() there is nothing that could be left, where the file system can do
// without names.
TEST_CASE("After kill -9 while a file is written, the old one is there and nothing else") {
  const OutputFolder folder;
  const int unnamed = open(folder.Path(".").c_str(), O_TMPFILE | O_WRONLY, 0600);
  if (unnamed < 0) return;
  close(unnamed);
  const std::string path = folder.Make("a", "old");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    OutputFile file(path);
    file.Write(std::string(1 << 20, 'x'));
    raise(SIGKILL);
  }
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK(folder.Content("a") == "old");
  CHECK(folder.entries() == 1);
}

}  // namespace
}  // namespace interleave
