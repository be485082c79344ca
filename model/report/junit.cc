#include "model/report/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <map>
#include <sstream>

#include "sim/language/characters.h"

namespace interleave {
namespace {

using Tree = boost::property_tree::ptree;

struct Suite {
  std::string name;
  int tests = 0, failures = 0, errors = 0;
  double seconds = 0;
  bool timed = false;
  std::vector<const JUnitCase*> cases;
};

void PutCounts(Tree& tree, const Suite& suite) {
  tree.put("<xmlattr>.tests", suite.tests);
  tree.put("<xmlattr>.failures", suite.failures);
  tree.put("<xmlattr>.errors", suite.errors);
  if (suite.timed) tree.put("<xmlattr>.time", fmt::format("{:.3f}", suite.seconds));
}

void Count(Suite& suite, const JUnitCase& test) {
  ++suite.tests;
  if (!test.passed) ++(test.is_error ? suite.errors : suite.failures);
  if (test.seconds) {
    suite.timed = true;
    suite.seconds += *test.seconds;
  }
}

}  // namespace

std::string RenderJUnit(const std::vector<JUnitCase>& cases) {
  std::vector<Suite> suites;
  std::map<std::string, std::size_t> number;
  Suite total;
  for (const JUnitCase& test : cases) {
    const auto [at, is_new] = number.emplace(test.suite, suites.size());
    if (is_new) suites.push_back({test.suite, 0, 0, 0, 0, false, {}});
    Suite& suite = suites[at->second];
    suite.cases.push_back(&test);
    Count(suite, test);
    Count(total, test);
  }
  Tree root;
  root.put("<xmlattr>.name", "interleave");
  PutCounts(root, total);
  for (const Suite& suite : suites) {
    Tree tree;
    tree.put("<xmlattr>.name", MarkupText(suite.name));
    PutCounts(tree, suite);
    for (const JUnitCase* test : suite.cases) {
      Tree one;
      one.put("<xmlattr>.name", MarkupText(test->name));
      one.put("<xmlattr>.classname", MarkupText(test->suite));
      if (test->seconds) one.put("<xmlattr>.time", fmt::format("{:.3f}", *test->seconds));
      if (!test->passed) {
        Tree failure;
        failure.put("<xmlattr>.message", MarkupText(test->message));
        failure.put_value(MarkupText(test->details.empty() ? test->message : test->details));
        one.add_child(test->is_error ? "error" : "failure", failure);
      }
      tree.add_child("testcase", one);
    }
    root.add_child("testsuite", tree);
  }
  Tree document;
  document.add_child("testsuites", root);
  std::ostringstream out;
  boost::property_tree::write_xml(out, document,
                                  boost::property_tree::xml_writer_settings<std::string>(' ', 2));
  return out.str();
}

}  // namespace interleave
