#include "tools/interleave/worlds.h"

#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>

#include "model/report/text_layout.h"
#include "sim/world/lockstep_world.h"
#include "sim/world/simulated_world.h"
#include "tools/interleave/command.h"
#include "tools/interleave/interrupt.h"

namespace interleave {

namespace po = boost::program_options;

void AddRealOptions(po::options_description& options) {
  const auto word = [](const char* value, const char* words) {
    return po::value<std::string>()->default_value(value)->value_name(words);
  };
  options.add_options()("region", word("anonymous", "anonymous|shm|file"),
                        "how real processes come to share memory: a mapping inherited over fork, "
                        "shm_open, or a mapped file")(
      "engine", word("native", "native|interpreted"),
      "what real processes run: C made for the scenario by the system's compiler, or the "
      "simulator's step code, which tests the plumbing only")(
      "plant-fault",
      word("none", "none|dropped-store|swapped-pair|wrong-width|stale-local|ignored-wait"),
      "a mistake in the C of the real processes, to see that it is noticed");
}

void AddWorldOptions(po::options_description& options) {
  options.add_options()(
      "world",
      po::value<std::string>()->default_value("simulated")->value_name("simulated|real|both"),
      "where the processes live. real, both: forked processes on a shared mapping take every step "
      "beside the simulated ones, and both are compared after it");
  AddRealOptions(options);
}

RealOptions RealOptionsOf(const Arguments& arguments) {
  RealOptions options;
  const std::string region = WordOf(arguments, "region", {"anonymous", "shm", "file"});
  options.region = region == "shm"    ? RegionKind::kShm
                   : region == "file" ? RegionKind::kFile
                                      : RegionKind::kAnonymous;
  options.interpreted = WordOf(arguments, "engine", {"native", "interpreted"}) == "interpreted";
  const std::string fault = WordOf(
      arguments, "plant-fault",
      {"none", "dropped-store", "swapped-pair", "wrong-width", "stale-local", "ignored-wait"});
  options.fault = fault == "dropped-store"  ? EmitFault::kDroppedStore
                  : fault == "swapped-pair" ? EmitFault::kSwappedPair
                  : fault == "wrong-width"  ? EmitFault::kWrongWidth
                  : fault == "stale-local"  ? EmitFault::kStaleLocal
                  : fault == "ignored-wait" ? EmitFault::kIgnoredWait
                                            : EmitFault::kNone;
  if (options.fault != EmitFault::kNone && options.interpreted) {
    throw UsageError("--plant-fault changes the C, which --engine interpreted does not run");
  }
  options.stop = &InterruptFlag();
  return options;
}

void RefuseForks(const Program& program) {
  if (!program.forks()) return;
  throw UsageError(
      "a program that forks, or has descriptors, is looked at in the model only so far: "
      "real processes cannot run it here");
}

std::unique_ptr<World> MakeWorld(const Arguments& arguments, const Program& program) {
  const std::string world = WordOf(arguments, "world", {"simulated", "real", "both"});
  const RealOptions options = RealOptionsOf(arguments);
  if (world == "simulated") return std::make_unique<SimulatedWorld>(program);
  RefuseForks(program);
  return std::make_unique<LockstepWorld>(program, options);
}

std::string PlumbingText(bool interpreted) {
  return interpreted ? "plumbing only: real processes ran the simulator's step code" : "";
}

std::string WorldText(const World& world) {
  const auto* const lockstep = dynamic_cast<const LockstepWorld*>(&world);
  if (lockstep == nullptr) return "";
  std::string text = fmt::format(
      "real processes: {} with the simulated ones, none differs; {} tried, {} blocked",
      Counted(lockstep->compared(), "comparison"),
      Counted(lockstep->open() + lockstep->blocked(), "more step"), Grouped(lockstep->blocked()));
  const std::string plumbing = PlumbingText(lockstep->real().is_interpreted());
  return plumbing.empty() ? text : text + "; " + plumbing;
}

}  // namespace interleave
