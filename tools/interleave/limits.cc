#include "tools/interleave/limits.h"

#include <boost/program_options/value_semantic.hpp>

namespace interleave {

void AddLimitOptions(boost::program_options::options_description& options, const char* time_text) {
  namespace po = boost::program_options;
  options.add_options()("max-states", po::value<std::string>()->value_name("N"),
                        "end a search after so many states")(
      "max-memory", po::value<std::string>()->value_name("SIZE"),
      "end a search before it takes more; K, M, G for powers of 1024; default: 80% of the memory "
      "that is available")("max-time", po::value<std::string>()->value_name("S"), time_text);
}

std::string LimitHelp() {
  return "A limit that is met (or Ctrl-C) ends a search with what it has: \"incomplete\", unless\n"
         "something was found before.\n";
}

std::size_t ThreadsOf(const Arguments& arguments) {
  constexpr uint64_t kMostThreads = 256;
  return static_cast<std::size_t>(
      ParseNumber(arguments.Text("threads"), "threads", 1, kMostThreads));
}

void SetLimits(const Arguments& arguments, CheckOptions& check) {
  if (arguments.Has("max-states")) {
    check.max_states = ParseNumber(arguments.Text("max-states"), "max-states", 1, check.max_states);
  }
  check.max_memory_bytes = arguments.Has("max-memory")
                               ? ParseSize(arguments.Text("max-memory"), "max-memory")
                               : AvailableMemory() / 5 * 4;
  if (arguments.Has("max-time")) {
    check.max_seconds = ParseSeconds(arguments.Text("max-time"), "max-time");
  }
}

}  // namespace interleave
