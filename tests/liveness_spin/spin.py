"""SPIN and lbt as judges: never claims of formulas, and verdicts of pan."""

import re
import signal
import subprocess

import formulas

MOST_SECONDS = 0.5  # for one translation
MOST_SEARCH_SECONDS = 10  # for one verdict of pan
MOST_DEPTH = 50000
MOST_LINES = 90  # of a never claim: the C compiler has to read many times as many


class TooLarge(Exception):
    """A translator took too long, or what it gave is too large."""


class Refused(Exception):
    """SPIN takes some loops that come back to a d_step for jumps into it, or has one it calls unconditional."""


class NoEnd(Exception):
    """pan has not found anything, and comes to no end."""


def call(command, cwd, text=None, timeout=None):
    done = subprocess.run(command, cwd=cwd, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=timeout, check=False)
    if done.returncode == -signal.SIGSEGV:  # lbt has no more stack.
        raise TooLarge
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def claim(name, formula, fairness, folder):
    """The never claim of the runs that make the formula false and are fair. `fairness`: of each process.
    SPIN translates what it can, lbt what has X; fairness is added to what lbt gives."""
    try:
        if fairness or formulas.has(formula, "X") or formulas.has(formula, "moved"):
            return claim_of_lbt(name, call(["lbt"], folder, f"! {formulas.for_lbt(formula)}\n", MOST_SECONDS),
                                fairness)
        text = call(["spin", "-f", f"!({formulas.for_spin(formula)})"], folder, None, MOST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TooLarge from error
    text, count = re.subn(r"^never\s*\{", f"never {name} {{", text)
    if count != 1:
        raise RuntimeError(f"spin -f of {formula} gives\n{text}")
    if text.count("\n") > MOST_LINES:
        raise TooLarge
    return text


def guard(words):
    """A condition of lbt's, in Promela; takes its words away."""
    word = words.pop(0)
    if word in "tf":
        return {"t": "true", "f": "false"}[word]
    if word == "!":
        return f"!({guard(words)})"
    if word in "&|":
        left = guard(words)
        return f"({left} {word * 2} {guard(words)})"
    return formulas.leaf_of_lbt(int(word[1:]))


def states_of_lbt(text):
    """(how many sets, {number: (is first, its sets, [(to, condition)])})."""
    lines = text.split("\n")
    states, at = {}, 1
    while at < len(lines) and lines[at].strip():
        number, is_first, *inside = lines[at].split()
        inside.remove("-1")
        transitions = []
        at += 1
        while lines[at].strip() != "-1":
            to, *words = lines[at].split()
            transitions.append((to, guard(words)))
            at += 1
        at += 1
        states[number] = (is_first == "1", set(map(int, inside)), transitions)
    return int(lines[0].split()[1]), states


def claim_of_lbt(name, text, fairness):
    """From a generalized Buchi automaton, as lbt writes it. A run of the claim guesses once, whenever it
    likes, which strongly fair processes are never owed a step again. From there it waits for one thing after
    the other: a state of each of lbt's sets, a step of each of the other strongly fair processes, and a
    moment when a weakly fair one has moved or is owed nothing. It accepts when it has had all."""
    sets, states = states_of_lbt(text)
    first = [number for number, state in states.items() if state[0]]
    if len(first) > 1 or (states and not first):
        raise RuntimeError(f"lbt gives {len(first)} initial states")
    strong = [p for p, fair in enumerate(fairness) if fair == "strong"]
    weak = [p for p, fair in enumerate(fairness) if fair == "weak"]
    # Those that are never owed a step again; None: it has not been guessed.
    guesses = [{p for k, p in enumerate(strong) if bits >> k & 1} for bits in range(1 << len(strong))]

    def waits_for(guess):
        return ([f"(last{p} || !owed{p})" for p in weak] +
                [f"last{p}" for p in strong if p not in guesses[guess]])

    def label(number, turn, guess):
        accepts = guess is not None and turn == sets + len(waits_for(guess))
        return f"{'accept' if accepts else 'T'}_{number}_{turn}_{'n' if guess is None else guess}"

    lines, todo = [f"never {name} {{"], [(number, 0, None) for number in first]
    seen = set(todo)
    for number, turn, guess in todo:
        if len(lines) > (MOST_LINES if not fairness else 3 * MOST_LINES):
            raise TooLarge
        inside, transitions = states[number][1:]
        lines += [f"{label(number, turn, guess)}:", "    if"]
        for to, condition in transitions:
            ways = [(condition, turn, guess)]
            if guess is None:
                ways += [(condition, 0, g) for g in range(len(guesses))]
            else:
                never = "".join(f" && !owed{p}" for p in guesses[guess])
                waits = waits_for(guess)
                now = 0 if turn == sets + len(waits) else turn
                ways = [(condition + never, now, guess)]
                if now < sets and now in inside:
                    ways = [(condition + never, now + 1, guess)]
                elif now >= sets and waits:
                    ways = [(f"{condition}{never} && {waits[now - sets]}", now + 1, guess),
                            (f"{condition}{never} && !{waits[now - sets]}", now, guess)]
            for asks, *then in ways:
                lines.append(f"    :: ({asks}) -> goto {label(to, *then)}")
                if (to, *then) not in seen:
                    seen.add((to, *then))
                    todo.append((to, *then))
        lines += ["    :: false -> skip", "    fi;"]
    return "\n".join([*lines, "    false", "}", ""])


def compile_model(model, folder):
    """pan of a model, without reductions: a statement is a step."""
    (folder / "model.pml").write_text(model)
    (folder / "pan.c").unlink(missing_ok=True)
    output = call(["spin", "-o1", "-o2", "-o3", "-a", "model.pml"], folder)
    if "jump into d_step sequence" in output:
        raise Refused
    if "rror:" in output or not (folder / "pan.c").exists():
        raise RuntimeError(f"spin -a:\n{output}\n{model}")
    call(["gcc", "-O0", "-w", "-DNOREDUCE", "-o", "pan", "pan.c"], folder)


def holds(name, folder, weakly_fair):
    """What pan says of a claim."""
    command = ["./pan", "-a", "-E", "-w16", f"-m{MOST_DEPTH}", *(["-f"] if weakly_fair else []), "-N", name]
    try:
        output = call(command, folder, None, MOST_SEARCH_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NoEnd from error
    if "has unconditional self-loop" in output:
        raise Refused
    errors = re.search(r"errors: (\d+)", output)
    if not errors or f"formula {name}\n" not in output:
        raise RuntimeError(f"{command}:\n{output}")
    if errors[1] == "0" and "search depth too small" in output:
        raise NoEnd
    return errors[1] == "0"
