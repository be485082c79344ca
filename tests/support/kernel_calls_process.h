#pragma once
// One of the real processes that make the calls of a sequence (kernel_calls.h), each when it is
// told.

#include <semaphore.h>
#include <sys/types.h>

#include <array>
#include <string>

#include "tests/support/kernel_calls.h"

namespace interleave {

constexpr int kAnswerSeconds = 30;  // so long an answer may take

struct OpenThing {
  enum Sort { kNone, kTerminal, kPipe, kFile, kObject } sort = kNone;
  ino_t number = 0;
  int description = 0;
};

// What lies in the mapping that all share.
struct CallBoard {
  sem_t turn[CallSequence::kMostProcesses];
  sem_t over;
  TableCall call;
  CallEnd end;
  CallAnswer answer;
  pid_t ids[CallSequence::kMostProcesses];
  int descriptions;  // so many were made
  std::array<std::array<OpenThing, CallSequence::kFds>, CallSequence::kMostProcesses>
      open;  // by process and descriptor
};

// The names of files, in a folder of the sequence's own; of objects ('m') and semaphores ('s').
const char* NameOfFile(int number);
std::string PrivateName(pid_t run, char sort, int number);

// Makes calls as the first process, and in its children. `run` makes names private. Never returns.
[[noreturn]] void MakeCallsOf(CallBoard& board, pid_t run);

}  // namespace interleave
