#include "tools/interleave/worlds.h"

#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>

#include "model/report/text_layout.h"
#include "sim/world/kernel_world.h"
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
      "of a program that forks, or has descriptors, real processes make the calls of its kernel "
      "beside the model (`conform`, `run --world both`); they do not run it by themselves");
}

void RefuseOwnCode(const Program& program, const RealOptions& options) {
  if (!program.forks()) return;
  if (options.region == RegionKind::kAnonymous && !options.interpreted &&
      options.fault == EmitFault::kNone)
    return;
  throw UsageError(
      "--region, --engine and --plant-fault are about code that real processes run: of a program "
      "that forks, or has descriptors, they make the calls of its kernel alone");
}

std::unique_ptr<World> MakeWorld(const Arguments& arguments, const Program& program) {
  const std::string world = WordOf(arguments, "world", {"simulated", "real", "both"});
  const RealOptions options = RealOptionsOf(arguments);
  if (world == "simulated") return std::make_unique<SimulatedWorld>(program);
  RefuseOwnCode(program, options);
  return MakeComparedWorld(program, options);
}

std::string CallsText(uint64_t calls) {
  return fmt::format("{} of the kernel made by real processes, none differs",
                     Counted(calls, "call"));
}

std::string PlumbingText(bool interpreted) {
  return interpreted ? "plumbing only: real processes ran the simulator's step code" : "";
}

std::string WorldText(const World& world) {
  if (const auto* const kernel = dynamic_cast<const KernelWorld*>(&world))
    return CallsText(kernel->calls()) + "; all else is the model's";
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
