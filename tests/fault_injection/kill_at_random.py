#!/usr/bin/env python3
"""Signals at random moments, to the program alone or to its whole group.

    kill_at_random.py BINARY [--runs N] [--seed S] [--signal NAME]

Demanded: it ends; SIGINT, SIGTERM and SIGHUP end it with a verdict that it has found, or incomplete
(20); nothing is left behind, after SIGKILL either. The seed fixes what is sent where and when; what is
going on at that moment is the machine's affair.
"""

import argparse
import collections
import os
import random
import signal
import sys
import time

import disturbed

# Longer than what they do, so that every moment can be met.
COMMANDS = {
    **disturbed.COMMANDS,
    "stress": ["stress", "--runs", "1000000000", "--max-time", "0.4", "holds.scn"],
    "stress, with a real thing": ["stress", "--runs", "1000000000", "--max-time", "0.4", "--region",
                                  "shm", "queue.scn"],
}
SIGNALS = {"TERM": signal.SIGTERM, "INT": signal.SIGINT, "HUP": signal.SIGHUP, "KILL": signal.SIGKILL}
KINDS_OF_VERDICT = {0, 12, 20}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary")
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--signal", choices=sorted(SIGNALS), default="")
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    choice = random.Random(options.seed)

    # How long each command takes here; a moment is drawn from that and a little more.
    seconds = {}
    for title, arguments in COMMANDS.items():
        begin = time.monotonic()
        run = disturbed.Run(binary, arguments)
        run.end()
        seconds[title] = time.monotonic() - begin
        run.close()

    bad = 0
    left, codes = collections.Counter(), collections.Counter()
    for number in range(options.runs):
        title = choice.choice(sorted(COMMANDS))
        name = options.signal or choice.choice(sorted(SIGNALS))
        to_group = choice.random() < 0.5
        moment = choice.random()
        run = disturbed.Run(binary, COMMANDS[title])
        time.sleep(moment * seconds[title] * 1.1)
        run.send(SIGNALS[name], to_group)
        code = run.end()
        codes[code] += 1
        wrong = []
        # Before it has said that it wants to be told, a signal ends it as any program.
        plain = code == -SIGNALS[name]
        if code is None:
            wrong.append("hangs")
        elif code not in KINDS_OF_VERDICT and not plain:
            wrong.append(f"ends with {code}")
        for what in run.left_behind():
            wrong.append(f"left {what}")
            left[what.split(":", 1)[0]] += 1
        if wrong:
            bad += 1
            print(f"run {number}, {title}: SIG{name} to the {'group' if to_group else 'program'} "
                  f"{moment * 100:.0f} % through: {'; '.join(wrong)}")
            print("".join(f"    {line}\n" for line in (run.text() + run.errors()).splitlines()[:6]),
                  end="", flush=True)
        run.close()
    ends = ", ".join(f"{count} with {code}" for code, count in sorted(codes.items(), key=str))
    print(f"{options.runs} signals, {bad} with something wrong; ended {ends}")
    for what, count in sorted(left.items()):
        print(f"    left {what}: {count}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
