#!/usr/bin/env python3
"""Each call that can fail, fails once: open, write, mmap, fork, malloc, ...

    fail_each_call.py BINARY LIBRARY [--cases N] [--command TITLE] [--call NAME]

For each command the K-th call of each function fails, for every K there is; of memory, which is asked
for thousands of times, at most 200 a function and command. Demanded: a documented exit code, no death
by a signal, no other verdict than the undisturbed one, nothing left behind. --cases N: N of them all,
spread evenly.
"""

import argparse
import os
import sys

import disturbed

MOST_OF_MEMORY = 200
MEMORY = {"malloc", "calloc", "realloc", "aligned_alloc"}
# What it compares is what these calls say.
LEFT_OUT = "conform, a program that forks"
NO_VERDICT = {1, 20}  # it could not be done, or not to the end


def disturb(binary, library, arguments, call, at):
    """Returns the run, its exit code and what the library noted: lists of words."""
    handle, log = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"fail-call-{os.getpid()}"), []
    if os.path.exists(handle):
        os.remove(handle)
    run = disturbed.Run(binary, arguments, {
        "LD_PRELOAD": library, "FAIL_CALL": f"{call}:{at}", "FAIL_LOG": handle})
    code = run.end()
    if os.path.exists(handle):
        with open(handle, encoding="utf-8") as file:
            log = [line.split() for line in file]
        os.remove(handle)
    return run, code, log


def spread(first, last, most):
    """At most so many numbers between both, both included."""
    count = last - first + 1
    if count <= most:
        return list(range(first, last + 1))
    return sorted({first + i * (count - 1) // (most - 1) for i in range(most)})


def first_word(text):
    return text.split(" ", 1)[0].strip()


def judge(arguments, whole, code, run):
    """What is wrong, as texts. `whole`: (code, text, files, errors) of the undisturbed run."""
    wrong = []
    text = run.text()
    has_said_so = run.errors() != whole[3]  # It may do with less then.
    if code is None:
        wrong.append("hangs")
    elif code < 0:
        wrong.append(f"dies of signal {-code}")
    elif code not in disturbed.CODES:
        wrong.append(f"exit code {code} is not documented")
    elif code in NO_VERDICT:
        if not run.errors().strip() and not text.strip():
            wrong.append(f"exit code {code} without a word")
    elif code != whole[0]:
        wrong.append(f"exit code {code} instead of {whole[0]}")
    elif first_word(text) != first_word(whole[1]):
        wrong.append(f"says {first_word(text)} instead of {first_word(whole[1])}")
    elif arguments[0] in ("check", "graph", "fmt") and "real" not in arguments and not has_said_so:
        if text != whole[1]:
            wrong.append("prints something else")
        if run.files() != whole[2]:
            wrong.append("writes something else")
    wrong += [f"left {what}" for what in run.left_behind()]
    # What is there is whole: as it was, or as it should be.
    for name, content in run.files().items():
        before = disturbed.SCENARIOS.get(name, "").encode()
        if name not in whole[2] or content in (before, whole[2][name]):
            continue
        if name in disturbed.SCENARIOS or not (has_said_so or name == "out.xml"):
            wrong.append(f"{name} is neither as it was nor as it should be")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary")
    parser.add_argument("library")
    parser.add_argument("--cases", type=int, default=0, help="so many of all; 0: all")
    parser.add_argument("--command", default="", help="of this title alone")
    parser.add_argument("--call", default="", help="of this function alone")
    options = parser.parse_args()
    binary, library = os.path.abspath(options.binary), os.path.abspath(options.library)

    wholes, cases = {}, []
    for title, arguments in disturbed.COMMANDS.items():
        if title == LEFT_OUT:
            continue
        if options.command not in ("", title):
            continue
        run, code, log = disturb(binary, library, arguments, "none", 0)
        wholes[title] = (code, run.text(), run.files(), run.errors())
        left = run.left_behind()
        run.close()
        if code not in (0, 12) or left:
            print(f"{title}: undisturbed it ends with {code}, leaves {left}")
            return 1
        for what, call, count in log:
            if what != "called" or options.call not in ("", call):
                continue
            most = MOST_OF_MEMORY if call in MEMORY else int(count)
            cases += [(title, call, at) for at in spread(1, int(count), most)]
    if options.cases and cases:
        cases = [cases[i] for i in spread(0, len(cases) - 1, options.cases)]

    bad = hit = 0
    for title, call, at in cases:
        run, code, log = disturb(binary, library, disturbed.COMMANDS[title], call, at)
        hit += any(what == "failed" for what, *_ in log)
        wrong = judge(disturbed.COMMANDS[title], wholes[title], code, run)
        if wrong:
            bad += 1
            print(f"{title}: {call} fails the {at}. time: {'; '.join(wrong)}")
            print("".join(f"    {line}\n" for line in run.errors().splitlines()[-5:]), end="", flush=True)
        run.close()
    print(f"{len(cases)} calls that fail, {hit} of them did, {bad} with something wrong")
    return 1 if bad or not hit else 0


if __name__ == "__main__":
    sys.exit(main())
