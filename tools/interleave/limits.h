#pragma once
// --max-states, --max-memory, --max-time: what ends a search early.

#include <boost/program_options/options_description.hpp>

#include <cstddef>
#include <string>

#include "model/search/check.h"
#include "tools/interleave/options.h"

namespace interleave {

// `time_text`: what --max-time does.
void AddLimitOptions(boost::program_options::options_description& options,
                     const char* time_text =
                         "end a search after so many seconds (10m and 2h are "
                         "understood)");
// A paragraph for the help.
std::string LimitHelp();
// --threads. Throws UsageError.
std::size_t ThreadsOf(const Arguments& arguments);
// Throws UsageError.
void SetLimits(const Arguments& arguments, CheckOptions& check);

}  // namespace interleave
