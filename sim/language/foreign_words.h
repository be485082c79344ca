#pragma once
// Words that people bring along from other languages, from textbooks and from C's libraries, each
// with what to write here instead: hints for names that nobody declared.

#include <string_view>

namespace interleave {

// Each gives a hint, or nothing where it knows of none.

// A word where none may stand: `begin`, `monitor`, `loop`.
std::string_view HintForForeignWord(std::string_view word);
// The name of a type: `sem_t`, `boolean`.
std::string_view HintForForeignType(std::string_view name);
// The name of a function: `pthread_create`, `down`, `malloc`.
std::string_view HintForForeignFunction(std::string_view name);

}  // namespace interleave
