#pragma once
// What the commands share: one function a command, and how a wrong call is reported.

#include <stdexcept>
#include <string>
#include <vector>

namespace interleave {

inline constexpr const char* kVersion = "0.1.0";

// Exit codes that no verdict has (model/search/check.h has those).
inline constexpr int kExitUsage = 1;
inline constexpr int kExitScenarioErrors = 2;
inline constexpr int kExitNotAsExpected = 3;
inline constexpr int kExitVacuous = 10;
inline constexpr int kExitRealWorldDiffers = 17;
inline constexpr int kExitIncomplete = 20;
inline constexpr int kExitPipe = 141;  // as the shell has it for who is ended by SIGPIPE

// The command line is wrong. Caught in main: exit code 1.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Each takes what stands behind its name and returns the exit code. Throws UsageError,
// boost::program_options::error, std::system_error.
int CheckCommand(const std::vector<std::string>& arguments);
int RunCommand(const std::vector<std::string>& arguments);
int ReplayCommand(const std::vector<std::string>& arguments);
int TestCommand(const std::vector<std::string>& arguments);
int ConformCommand(const std::vector<std::string>& arguments);
int StressCommand(const std::vector<std::string>& arguments);
int GraphCommand(const std::vector<std::string>& arguments);
int ShowCommand(const std::vector<std::string>& arguments);
int FormatCommand(const std::vector<std::string>& arguments);

}  // namespace interleave
