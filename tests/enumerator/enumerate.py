"""Prints verdict, states, transitions and depth of the scenarios, and whether they equal what other sources say.

usage: python3 tests/enumerator/enumerate.py [--trace] [--all] [NAME...]
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from scenarios import cases  # noqa: E402
from steps import Search  # noqa: E402

def agrees(result, known):
    if known[0] != result.verdict:
        return False
    if result.verdict == "holds":
        return all(k is None or k == r for k, r in zip(known[1:], (result.states, result.transitions, result.depth)))
    return known[1] == result.length


def describe(scenario, trace):
    for number, (process, state) in enumerate(trace, 1):
        shared = "-" if state is None else " ".join(map(str, state.shared))
        print(f"      {number:3} {scenario.names[process]:12} {shared}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trace", action="store_true", help="the steps of each violation, with the shared cells after them")
    parser.add_argument("--all", action="store_true", help="the large reference workloads too (minutes)")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    known_names = {name for name, *_ in cases()}
    for name in arguments.names:
        if name not in known_names:
            parser.error(f"unknown scenario {name}; known: {', '.join(sorted(known_names))}")
    wrong = 0
    row = "{:26} {:10} {:18} {:23} {:>5} {:>8} {:>9} {:>5}  {}"
    print(row.format("name", "granularity", "parameters", "verdict", "steps", "states", "transit.", "depth", "other source"))
    for name, parameters, granularity, build, known, source in cases():
        large = known is not None and known[0] == "holds" and (known[1] or 0) > 50_000
        if arguments.names and name not in arguments.names:
            continue
        if not arguments.names and large and not arguments.all:
            continue
        scenario = build()
        result = Search(scenario, granularity).run()
        told = ""
        if known is not None:
            equal = agrees(result, known)
            wrong += not equal
            told = f"equals {source}" if equal else f"DIFFERS from {source}: {known}"
        numbers = ["" if n is None else n for n in (result.length, result.states, result.transitions, result.depth)]
        print(row.format(name, granularity, parameters, result.verdict, *numbers, told), flush=True)
        if arguments.trace and result.trace:
            describe(scenario, result.trace)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
