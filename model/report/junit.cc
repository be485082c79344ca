#include "model/report/junit.h"

#include <fmt/format.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "sim/language/characters.h"

namespace interleave {
namespace {

using Tree = boost::property_tree::ptree;

using Outcome = JUnitCase::Outcome;

struct JUnitCounts {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
  bool timed = false;

  void Add(const JUnitCase& test) {
    ++tests;
    failures += test.outcome == Outcome::kFailed ? 1 : 0;
    errors += test.outcome == Outcome::kError ? 1 : 0;
    skipped += test.outcome == Outcome::kSkipped ? 1 : 0;
    timed = timed || test.seconds.has_value();
    seconds += test.seconds.value_or(0);
  }

  void Put(Tree& tree) const {
    tree.put("<xmlattr>.tests", tests);
    tree.put("<xmlattr>.failures", failures);
    tree.put("<xmlattr>.errors", errors);
    if (skipped > 0) tree.put("<xmlattr>.skipped", skipped);
    if (timed) tree.put("<xmlattr>.time", fmt::format("{:.3f}", seconds));
  }
};

Tree CaseTree(const JUnitSuite& suite, const JUnitCase& test) {
  Tree tree;
  tree.put("<xmlattr>.name", MarkupText(test.name));
  tree.put("<xmlattr>.classname", MarkupText(suite.name));
  if (test.seconds) tree.put("<xmlattr>.time", fmt::format("{:.3f}", *test.seconds));
  if (test.outcome == Outcome::kPassed) return tree;
  Tree why;
  if (!test.type.empty()) why.put("<xmlattr>.type", MarkupText(test.type));
  why.put("<xmlattr>.message", MarkupText(test.message));
  if (test.outcome != Outcome::kSkipped) {
    why.put_value(MarkupText(test.details.empty() ? test.message : test.details));
  }
  tree.add_child(test.outcome == Outcome::kFailed  ? "failure"
                 : test.outcome == Outcome::kError ? "error"
                                                   : "skipped",
                 why);
  return tree;
}

}  // namespace

std::string RenderJUnit(const std::vector<JUnitSuite>& suites) {
  JUnitCounts total;
  for (const JUnitSuite& suite : suites) {
    for (const JUnitCase& test : suite.cases) total.Add(test);
  }
  Tree root;
  root.put("<xmlattr>.name", "interleave");
  total.Put(root);
  for (const JUnitSuite& suite : suites) {
    JUnitCounts counts;
    for (const JUnitCase& test : suite.cases) counts.Add(test);
    Tree tree;
    tree.put("<xmlattr>.name", MarkupText(suite.name));
    counts.Put(tree);
    for (const JUnitCase& test : suite.cases) tree.add_child("testcase", CaseTree(suite, test));
    if (!suite.output.empty()) tree.put("system-out", MarkupText(suite.output));
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
