// The entry point of all unit tests; the test cases are in the *_test.cc files beside it.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
