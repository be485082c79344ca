#!/usr/bin/env python3
"""What the program says of runs without an end, beside SPIN: random systems, random formulas.

    compare.py BINARY [--systems N] [--formulas N] [--seed S] [--keep FOLDER] [--verbose]
    compare.py BINARY --sample

Each formula is judged of its system without fairness, with weak fairness and with what each process is owed
by its own declaration, strong fairness among it. A difference of a verdict is printed with the smallest
formula of that system; --keep writes the system down. Then the same is asked with mistakes planted, and each
mistake has to be noticed. README.md beside this file has more.

Exit code: 0 all verdicts are equal and each planted mistake makes a difference, 1 not so, 2 a wrong command
line, 77 `spin`, `lbt` or `gcc` is not installed.
"""

import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import formulas
import spin
import systems

# What each process is owed: nothing; weak fairness, of all; what the scenario says of it.
FAIRNESS = ["none", "weak", "own"]
SAMPLE = ([8, 13, 3, 12, 16], 4, 9)  # systems, formulas of each, seed: enough that each mistake is noticed
NO_END = "no end"
Question = collections.namedtuple("Question", "name fairness formula")


def for_spin(system, fairness):
    """(fairness of each process that the claim has to see to, whether pan itself is to be weakly fair)."""
    if fairness == "own":
        return system.fairness, False
    if fairness == "none":
        return [], False
    # pan's weak fairness is of all that can move; it knows no section where a process may stay. And where
    # a run ends, its search with -f may never end.
    if system.may_stay or not (system.endless or system.idles):
        return ["weak"] * len(system.names), False
    return [], True


# Mistakes, each planted by asking the program for what one that makes it would say.
def no_fairness(_, text):
    return text.replace("fair weak", "fair none").replace("fair strong", "fair none")


def strong_is_weak(_, text):
    return text.replace("fair strong", "fair weak")


def weak_is_strong(_, text):
    return text.replace("fair weak", "fair strong")


def no_stutter(system, text):
    """A run that ends is none: what makes a step, does so again and again, or nothing is asked."""
    moves = " || ".join(f"{name} moved" for name in system.names)
    lines = text.split("\n")
    for k, line in enumerate(lines):
        if line.startswith("ltl "):
            head, formula = line.split(": ", 1)
            formula, fair, rest = formula.partition(" fair ")
            lines[k] = f"{head}: G F ({moves}) -> ({formula.rstrip(';')}){fair}{rest or ';'}"
    return "\n".join(lines)


MISTAKES = [no_fairness, strong_is_weak, weak_is_strong, no_stutter]


def written(system, question):
    fair = f" fair {question.fairness}" if question.fairness != "own" else ""
    return f"ltl {question.name}: {formulas.for_scenario(question.formula, system)}{fair};"


def ask(binary, text, folder):
    """The names of properties that the program says are broken."""
    (folder / "system.scn").write_text(text)
    done = subprocess.run([binary, "check", "--keep-going", "--json", "system.scn"], cwd=folder, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 12):
        raise RuntimeError(f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}\n{text}")
    return {one["property"] for one in json.loads(done.stdout)["counterexamples"]}


def one_system(choice, options, folder, total):
    """Differences of one system, and what is noticed of the mistakes."""
    system = systems.System(choice)
    leaves = [("atom", k) for k in range(len(system.atoms))]
    if system.endless or system.idles:  # Elsewhere SPIN does not say that nobody moves.
        leaves += [("moved", p) for p in range(len(system.names))]
    questions, claims = [], {}
    for number in range(options.formulas):
        # Every second one is small, so that a claim can see to strong fairness.
        depth = choice.randrange(1, 5) if number % 2 else choice.randrange(1, 3)
        formula = formulas.draw(choice, depth, leaves, choice.random() < 0.5)
        if depth == 1 and choice.random() < 0.6:
            formula = choice.choice([("G", ("F", formula)), ("F", ("G", formula)), ("F", formula)])
        if number == 0 and ("moved", 0) in leaves:
            # What fairness is about; of one that is owed much, if there is one.
            p = next((p for p, fair in enumerate(system.fairness) if fair == "strong"), 0)
            formula = ("G", ("F", ("moved", p)))
        if number == 2:
            formula = ("G", ("F", ("!", ("atom", 0))))
        for fairness in FAIRNESS:
            if fairness == "own" and number % 2:
                continue
            by_claim, weakly_fair = for_spin(system, fairness)
            name = f"f{number}_{fairness}" if by_claim else f"f{number}"
            try:
                if name not in claims:
                    claims[name] = spin.claim(name, formula, by_claim, folder)
            except spin.TooLarge:
                total["too large for the translators"] += 1
                continue
            questions.append((Question(f"f{number}_{fairness}", fairness, formula), name, weakly_fair))
    model = system.promela() + "\n".join(claims.values())
    spin.compile_model(model, folder)
    broken, judged = set(), []
    for question, name, weakly_fair in questions:
        try:
            if not spin.holds(name, folder, weakly_fair):
                broken.add(question.name)
            judged.append(question)
        except spin.NoEnd:
            total[NO_END] += 1

    text = "\n".join([system.scenario(), *(written(system, question) for question in judged), ""])
    ours = ask(options.binary, text, folder)
    for question in judged:
        total[question.fairness] += 1
        total["broken"] += question.name in broken
    total["pairs"] += len({question.formula for question in judged})
    for mistake in MISTAKES:
        total[mistake.__name__] += len(ask(options.binary, mistake(system, text), folder) ^ broken)
    differences = [question for question in judged if question.name in ours ^ broken]
    return differences, broken, text, model, system


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--systems", type=int, default=100)
    parser.add_argument("--only", type=int, nargs="+", help="numbers of systems, instead of all")
    parser.add_argument("--formulas", type=int, default=12, help="of each system")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="where to write what differs")
    parser.add_argument("--sample", action="store_true", help="a few systems, always the same")
    parser.add_argument("--verbose", action="store_true", help="a line a system")
    options = parser.parse_args()
    if options.sample:
        options.only, options.formulas, options.seed = SAMPLE
    for program in ("spin", "lbt", "gcc"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed (apt-get install spin lbt gcc)")
            return 77

    total, wrong = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as scratch:
        numbers = options.only or range(options.systems)
        for number in numbers:
            # Each has a seed of its own, so that one that differs can be had again alone.
            choice = random.Random(f"{options.seed} {number}")
            folder = pathlib.Path(scratch)
            try:
                differences, broken, text, model, system = one_system(choice, options, folder, total)
            except spin.Refused:
                total["refused"] += 1
                continue
            wrong += len(differences)
            if options.verbose:
                print(f"system {number}: {dict(total)}", flush=True)
            if not differences:
                continue
            for question in sorted(differences, key=lambda q: len(written(system, q))):
                says = "broken" if question.name in broken else "holds"
                print(f"seed {options.seed}, system {number}, SPIN: {says}: {written(system, question)}")
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{options.seed}_{number}.scn").write_text(text)
                (options.keep / f"{options.seed}_{number}.pml").write_text(model)
    verdicts = sum(total[fairness] for fairness in FAIRNESS)
    print(f"seed {options.seed}: {len(numbers)} systems, {total['pairs']} pairs of a system and a formula, "
          f"{verdicts} verdicts ({', '.join(f'{fairness} {total[fairness]}' for fairness in FAIRNESS)}), "
          f"{total['broken']} broken, {wrong} differ")
    print(f"left out: {total['too large for the translators']} verdicts whose formula is too large for SPIN or lbt, "
          f"{total[NO_END]} of which SPIN's search comes to no end, "
          f"{total['refused']} systems that SPIN refuses")
    for mistake in MISTAKES:
        print(f"planted {mistake.__name__}: {total[mistake.__name__]} verdicts differ")
    return 1 if wrong or not all(total[mistake.__name__] for mistake in MISTAKES) else 0


if __name__ == "__main__":
    sys.exit(main())
