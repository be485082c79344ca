#pragma once
// Which world a command's processes live in: --world, --region, --engine.

#include <boost/program_options/options_description.hpp>

#include <memory>
#include <string>

#include "sim/world/real_world.h"
#include "sim/world/world.h"
#include "tools/interleave/options.h"

namespace interleave {

// --world simulated|real|both, and what goes with the real one.
void AddWorldOptions(boost::program_options::options_description& options);
// --region and --engine alone.
void AddRealOptions(boost::program_options::options_description& options);

RealOptions RealOptionsOf(const Arguments& arguments);

// The world asked for; with real processes, in lockstep with the simulated ones. Throws UsageError.
std::unique_ptr<World> MakeWorld(const Arguments& arguments, const Program& program);

// Throws UsageError for a program that real processes cannot run by themselves.
void RefuseForks(const Program& program);
// Throws UsageError for options that are not about the calls of a kernel, of a program that forks.
void RefuseOwnCode(const Program& program, const RealOptions& options);

// "12 calls of the kernel made by real processes, none differs".
std::string CallsText(uint64_t calls);

// A line about what the real processes did, empty for the simulated world.
std::string WorldText(const World& world);

// What is said where "plumbing only" is meant, empty otherwise.
std::string PlumbingText(bool interpreted);

}  // namespace interleave
