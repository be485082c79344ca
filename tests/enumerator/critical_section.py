"""Prints verdict, states, transitions and depth of scenarios/critical_section, and whether these expect the same.

usage: python3 tests/enumerator/critical_section.py [--all] [--scenarios FOLDER] [NAME...]

Each algorithm was translated by hand into a table of its accesses. A call of step(m, me, at, ...) makes the access at
the place `at` of process `me` in the shared memory m, does the local work after it, and returns the next place with the
locals that are still needed there: a name alone, a name with locals, or a list of them for a free choice. The first
place of a round is "start". Of a scenario file only its `expect` lines are read. Exit code 1 if one of them differs,
and also if one has no row here.
"""

import argparse
import pathlib
import re
import sys
import types

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "scenarios" / "critical_section"

END = "end of the round"
DONE = "done"
INSIDE = ("section", "add")  # the places in the critical section


# What is demanded: (name, when it is broken), where `at` lists the places of the processes.

BOTH = ("both", lambda m, at: sum(place in INSIDE for place in at) > 1)
FIFO = ("fifo", lambda m, at: all_done(at) and m.line)  # consumed() judges the order


def all_done(at):
    return all(place == DONE for place in at)


def nothing_lost(total):
    return ("nothing_lost", lambda m, at: all_done(at) and m.total != total)


class Broken(Exception):
    """A property is broken inside a step."""


def consumed(m, item):
    if m.line[:1] != [item]:
        raise Broken("fifo")
    m.line.pop(0)


class Scenario:
    """rounds: of each process, None for ever; shared and ghosts: {name: value or list}; start: the locals of a process
    at the start; properties: in order of declaration; reachable: (name, predicate), which some state must fulfil."""

    def __init__(self, step, rounds, shared, properties, ghosts=None, start=lambda me: (), reachable=()):
        self.step, self.properties, self.reachable = step, properties, reachable
        self.names = [*shared, *(ghosts or {})]
        self.shared = len(shared)
        memory = tuple(freeze(value) for value in [*shared.values(), *(ghosts or {}).values()])
        processes = enumerate(rounds)
        self.start = (memory, *((left, DONE) if left == 0 else (left, "start", *start(me)) for me, left in processes))


def adding(step, leave):
    """The algorithm around a section that reads total and writes it. leave: the place after it, or what computes it."""

    def whole(m, me, at, *kept):
        if at == "section":
            return ("add", m.total, *kept)
        if at == "add":
            seen, *kept = kept
            m.total = seen + 1
            return leave if isinstance(leave, str) else leave(me, *kept)
        return step(m, me, at, *kept)

    return whole


# The search. A state is a tuple: the memory, then for each process the rounds left, its place, and its locals.


def freeze(value):
    return tuple(value) if isinstance(value, list) else value


def thaw(scenario, memory):
    values = (list(value) if isinstance(value, tuple) else value for value in memory)
    return types.SimpleNamespace(**dict(zip(scenario.names, values)))


def successors(scenario, state, me):
    """The states after one step of a process, one for each outcome. May raise Broken."""
    rounds, at, *kept = state[1 + me]
    if at == DONE:
        return []
    m = thaw(scenario, state[0])
    outcomes = scenario.step(m, me, at, *kept)
    memory = tuple(freeze(getattr(m, name)) for name in scenario.names)
    result = []
    for place in outcomes if isinstance(outcomes, list) else [outcomes]:
        at, *kept = (place,) if isinstance(place, str) else place
        left = rounds
        if at == END:
            at = "start"
            if rounds is not None:
                left -= 1
        process = (0, DONE) if at == DONE or left == 0 else (left, at, *kept)
        result.append((memory, *state[1 : 1 + me], process, *state[2 + me :]))
    return result


def waits(scenario, state, me):
    """Whether the steps of this process alone never change a shared value, never end it and break nothing."""
    seen, pending = {state}, [state]
    while pending:
        try:
            following = successors(scenario, pending.pop(), me)
        except Broken:
            return False
        for after in following:
            if after[0][: scenario.shared] != state[0][: scenario.shared] or after[1 + me][1] == DONE:
                return False
            if after not in seen:
                seen.add(after)
                pending.append(after)
    return True


def search(scenario):
    """The outcome in the words of an `expect` line. Breadth first; a level is finished before a violation is named."""
    rank = [name for name, _ in scenario.properties] + ["deadlock"]
    unreached = list(scenario.reachable)
    level, seen, transitions, depth = [scenario.start], {scenario.start}, 0, 0
    broken = set()  # by the steps to this level and by its states
    while True:
        for state in level:
            m, at = thaw(scenario, state[0]), [process[1] for process in state[1:]]
            broken |= {name for name, is_broken in scenario.properties if is_broken(m, at)}
            unreached = [(name, is_reached) for name, is_reached in unreached if not is_reached(m, at)]
            left = [me for me, place in enumerate(at) if place != DONE]
            if left and all(waits(scenario, state, me) for me in left):
                broken.add("deadlock")
        if broken:
            first = min(broken, key=rank.index)
            return f"{'' if first == 'deadlock' else 'violates '}{first} in {depth} steps"
        following = []
        for state in level:
            for me in range(len(state) - 1):
                try:
                    outcomes = successors(scenario, state, me)
                except Broken as what:
                    broken.add(str(what))
                    continue
                for after in outcomes:
                    transitions += 1
                    if after not in seen:
                        seen.add(after)
                        following.append(after)
        if not following and not broken:
            break
        level, depth = following, depth + 1
    if unreached:
        return f"unreached {unreached[0][0]}"
    return f"holds states {len(seen)} transitions {transitions} depth {depth}"


# The algorithms, each under the name of its scenario. The parameters are what -D sets.


def no_lock():
    """Nothing keeps the processes apart."""

    def step(m, me, at):
        if at == "start":  # work outside
            return "section"

    return Scenario(adding(step, END), [1, 1], dict(total=0), [BOTH, nothing_lost(2)])


def strict_alternation(VISITS=2):
    """A turn that is handed on after each visit (Dijkstra 1965)."""

    def step(m, me, at):
        if at == "start":
            return "section" if m.turn == me else "start"
        if at == "hand on":
            m.turn = 1 - me
            return END

    return Scenario(adding(step, "hand on"), [2, VISITS], dict(turn=0, total=0), [BOTH, nothing_lost(2 + VISITS)])


def flags_only():
    """Raise the flag, then wait for the other's (Dijkstra 1965)."""

    def step(m, me, at):
        if at == "start":
            m.flag[me] = 1
            return "wait"
        if at == "wait":
            return "wait" if m.flag[1 - me] else "section"
        if at == "lower":
            m.flag[me] = 0
            return END

    return Scenario(adding(step, "lower"), [1, 1], dict(flag=[0, 0], total=0), [BOTH])


def flags_checked_first():
    """Wait for the other's flag, then raise one's own (Dijkstra 1965)."""

    def step(m, me, at):
        if at == "start":
            return "start" if m.flag[1 - me] else "raise"
        if at == "raise":
            m.flag[me] = 1
            return "section"
        if at == "lower":
            m.flag[me] = 0
            return END

    return Scenario(adding(step, "lower"), [1, 1], dict(flag=[0, 0], total=0), [BOTH, nothing_lost(2)])


def flags_with_back_off():
    """Raise the flag, and lower it for a moment while the other's is up (Dijkstra 1965)."""

    def step(m, me, at):
        if at == "start":
            m.flag[me] = 1
            return "look"
        if at == "look":
            return "give way" if m.flag[1 - me] else "section"
        if at == "give way":
            m.flag[me] = 0
            return "raise again"
        if at == "raise again":
            m.flag[me] = 1
            return "look"
        if at == "lower":
            m.flag[me] = 0
            return END

    through = ("one_gets_through", lambda m, at: at[0] == DONE and at[1] != DONE)
    shared = dict(flag=[0, 0], total=0)
    return Scenario(adding(step, "lower"), [1, 1], shared, [BOTH, nothing_lost(2)], reachable=[through])


def dekker_attempt_1():
    """The first attempt: a turn (Dijkstra 1965, Ben-Ari 1982). In all four a process may stay outside for ever."""

    def step(m, me, at):
        if at == "start":  # the rest of the program, and the choice
            return [DONE, "wait"]
        if at == "wait":
            return "section" if m.turn == me else "wait"
        if at == "section":
            return "hand on"
        if at == "hand on":
            m.turn = 1 - me
            return END

    return Scenario(step, [None, None], dict(turn=0), [BOTH])


def dekker_attempt_2():
    """The second attempt: look at the other's flag, then raise one's own."""

    def step(m, me, at):
        if at == "start":
            return [DONE, "wait"]
        if at == "wait":
            return "wait" if m.inside[1 - me] else "raise"
        if at == "raise":
            m.inside[me] = 1
            return "section"
        if at == "section":
            return "lower"
        if at == "lower":
            m.inside[me] = 0
            return END

    return Scenario(step, [None, None], dict(inside=[0, 0]), [BOTH])


def dekker_attempt_3():
    """The third attempt: raise the flag, then wait for the other's."""

    def step(m, me, at):
        if at == "start":
            return [DONE, "raise"]
        if at == "raise":
            m.wants[me] = 1
            return "wait"
        if at == "wait":
            return "wait" if m.wants[1 - me] else "section"
        if at == "section":
            return "lower"
        if at == "lower":
            m.wants[me] = 0
            return END

    return Scenario(step, [None, None], dict(wants=[0, 0]), [BOTH])


def dekker_attempt_4():
    """The fourth attempt: give way for a moment while the other's flag is up."""

    def step(m, me, at):
        if at == "start":
            return [DONE, "raise"]
        if at == "raise":
            m.wants[me] = 1
            return "look"
        if at == "look":
            return "give way" if m.wants[1 - me] else "section"
        if at == "give way":
            m.wants[me] = 0
            return "raise again"
        if at == "raise again":
            m.wants[me] = 1
            return "look"
        if at == "section":
            return "lower"
        if at == "lower":
            m.wants[me] = 0
            return END

    alone = [
        ("p_alone", lambda m, at: at[0] in INSIDE and at[1] == DONE),
        ("q_alone", lambda m, at: at[1] in INSIDE and at[0] == DONE),
    ]
    return Scenario(step, [None, None], dict(wants=[0, 0]), [BOTH], reachable=alone)


def hyman():
    """Hyman 1966, wrong as Knuth 1966 points out: the turn is taken without another look at the flag."""

    def step(m, me, at):
        if at == "start":
            m.flag[me] = 1
            return "look at turn"
        if at == "look at turn":
            return "section" if m.turn == me else "wait"
        if at == "wait":
            return "wait" if m.flag[1 - me] else "take turn"
        if at == "take turn":
            m.turn = me
            return "look at turn"
        if at == "lower":
            m.flag[me] = 0
            return END

    return Scenario(adding(step, "lower"), [1, 1], dict(flag=[0, 0], turn=0, total=0), [BOTH])


def peterson_enter_region(ROUNDS=2):
    """Peterson 1981, as enter_region and leave_region (Tanenbaum and Bos 2014): who wrote turn last waits."""

    def step(m, me, at):
        if at == "start":
            m.interested[me] = 1
            return "give way"
        if at == "give way":
            m.turn = me
            return "look at turn"
        if at == "look at turn":
            return "look at other" if m.turn == me else "section"
        if at == "look at other":
            return "look at turn" if m.interested[1 - me] else "section"
        if at == "lower":
            m.interested[me] = 0
            return END

    shared = dict(turn=None, interested=[0, 0], total=0)
    return Scenario(adding(step, "lower"), [ROUNDS] * 2, shared, [BOTH, nothing_lost(2 * ROUNDS)])


def peterson_swapped():
    """Peterson 1981, but the turn is given away before the flag is raised."""

    def step(m, me, at):
        if at == "start":
            m.turn = 1 - me
            return "raise"
        if at == "raise":
            m.flag[me] = 1
            return "look at other"
        if at == "look at other":
            return "look at turn" if m.flag[1 - me] else "section"
        if at == "look at turn":
            return "look at other" if m.turn == 1 - me else "section"
        if at == "lower":
            m.flag[me] = 0
            return END

    return Scenario(adding(step, "lower"), [1, 1], dict(flag=[0, 0], turn=0, total=0), [BOTH])


def filter_lock(N=3, ROUNDS=1):
    """Peterson 1981 for N processes, under this name in Herlihy and Shavit 2008: the victim of a room waits in it."""

    def look_at(room, k, me):
        """On to process k; past the last one into the next room."""
        if k == me:
            k += 1
        if k < N:
            return "look at level", room, k
        return ("enter room", room + 1) if room + 1 < N else "section"

    def step(m, me, at, room=None, k=None):
        if at == "start":
            at, room = "enter room", 1
        if at == "enter room":
            m.level[me] = room
            return "become victim", room
        if at == "become victim":
            m.victim[room] = me
            return look_at(room, 0, me)
        if at == "look at level":
            return ("look at victim", room, k) if m.level[k] >= room else look_at(room, k + 1, me)
        if at == "look at victim":
            return ("look at level", room, k) if m.victim[room] == me else look_at(room, k + 1, me)
        if at == "leave":
            m.level[me] = 0
            return END

    shared = dict(level=[0] * N, victim=[0] * N, total=0)
    return Scenario(adding(step, "leave"), [ROUNDS] * N, shared, [BOTH, nothing_lost(N * ROUNDS)])


def lamport_fast(N=2, ROUNDS=2, SKIP=0):
    """Lamport 1987: seven accesses for who meets nobody. Processes are 1 to N, 0 is nobody."""

    def step(m, me, at, j=None):
        i = me + 1
        if at == "start":
            m.b[i] = 1
            return "write x"
        if at == "write x":
            m.x = i
            return "look at y"
        if at == "look at y":
            return "give up" if m.y else "write y"
        if at == "give up":
            m.b[i] = 0
            return "wait for y"
        if at == "wait for y":
            return "wait for y" if m.y else "start"
        if at == "write y":
            m.y = i
            return "look at x"
        if at == "look at x":
            return "section" if m.x == i else "step back"
        if at == "step back":
            m.b[i] = 0
            return "look at y again" if SKIP else ("wait for b", 1)
        if at == "wait for b":
            if m.b[j]:
                return "wait for b", j
            return ("wait for b", j + 1) if j < N else "look at y again"
        if at == "look at y again":
            if m.y != i:
                return "wait for y, stepped back"
            m.slow[i] = 1
            return "section"
        if at == "wait for y, stepped back":
            return "wait for y, stepped back" if m.y else "start"
        if at == "free y":
            m.y = 0
            return "lower b"
        if at == "lower b":
            m.b[i] = 0
            m.slow[i] = 0
            return END

    return Scenario(
        adding(step, "free y"),
        [ROUNDS] * N,
        dict(b=[0] * (N + 1), x=0, y=0, total=0),
        [BOTH, nothing_lost(N * ROUNDS)],
        ghosts=dict(slow=[0] * (N + 1)),
        reachable=[("slow_way", lambda m, at: at[0] in INSIDE and m.slow[1])],
    )


def szymanski(N=2, ROUNDS=2, EARLY=0):
    """Szymanski 1988: a waiting room with two doors. The flags of the others are read one after the other."""
    outside, at_entrance, in_room, in_doorway, exit_open = range(5)

    def leave(me):
        return ("let others through", me + 1) if me + 1 < N else "open the entrance"

    def step(m, me, at, k=None):
        if at == "start":
            m.flag[me] = at_entrance
            return "wait at entrance", 0
        if at == "wait at entrance":
            if m.flag[k] >= in_doorway:
                return "wait at entrance", k
            return ("wait at entrance", k + 1) if k + 1 < N else "go into doorway"
        if at == "go into doorway":
            m.flag[me] = in_doorway
            return "look for others at entrance", 0
        if at == "look for others at entrance":
            if m.flag[k] == at_entrance:
                return "go into room"
            return ("look for others at entrance", k + 1) if k + 1 < N else "open the exit"
        if at == "go into room":
            m.flag[me] = in_room
            return "wait for the exit", 0
        if at == "wait for the exit":
            return "open the exit" if m.flag[k] == exit_open else ("wait for the exit", (k + 1) % N)
        if at == "open the exit":
            m.flag[me] = exit_open
            return ("wait for smaller ones", 0) if me > 0 and not EARLY else "section"
        if at == "wait for smaller ones":
            if m.flag[k] >= in_room:
                return "wait for smaller ones", k
            return ("wait for smaller ones", k + 1) if k + 1 < me else "section"
        if at == "let others through":
            if m.flag[k] in (in_room, in_doorway):
                return "let others through", k
            return ("let others through", k + 1) if k + 1 < N else "open the entrance"
        if at == "open the entrance":
            m.flag[me] = outside
            return END

    return Scenario(adding(step, leave), [ROUNDS] * N, dict(flag=[0] * N, total=0), [BOTH, nothing_lost(N * ROUNDS)])


def knuth(N=2, ROUNDS=2, TRUST=0):
    """Knuth 1966: look at those who come first in a circle downwards, then whether another is about to go in."""

    def look_again(k, me):
        """Down to process k; below the last one nobody else is about to go in."""
        if k == me:
            k -= 1
        return ("look again", k) if k >= 0 else "take turn"

    def step(m, me, at, k=None):
        if at == "start":
            m.control[me] = 1
            return "read turn"
        if at == "read turn":
            return ("look", m.turn) if m.turn != me else "be about to"
        if at == "look":
            if m.control[k] != 0:
                return "read turn"
            k = (k - 1) % N
            return ("look", k) if k != me else "be about to"
        if at == "be about to":
            m.control[me] = 2
            return "take turn" if TRUST else look_again(N - 1, me)
        if at == "look again":
            return "start" if m.control[k] == 2 else look_again(k - 1, me)
        if at == "take turn":
            m.turn = me
            return "section"
        if at == "hand on":
            m.turn = (me - 1) % N
            return "lower"
        if at == "lower":
            m.control[me] = 0
            return END

    shared = dict(control=[0] * N, turn=0, total=0)
    return Scenario(adding(step, "hand on"), [ROUNDS] * N, shared, [BOTH, nothing_lost(N * ROUNDS)])


def eisenberg_mcguire(N=2, ROUNDS=2, TRUST=0):
    """Eisenberg and McGuire 1972: round the circle from the one whose turn it is, then be the only active one."""
    idle, wants_in, active = range(3)

    def look(j, me):
        return ("look", j) if j != me else "be active"

    def look_for_active(k, me):
        """On to process k; past the last one nobody else is active."""
        if k == me:
            k += 1
        return ("look for active", k) if k < N else "read holder"

    def step(m, me, at, k=None):
        if at == "start":
            m.flag[me] = wants_in
            return "read turn"
        if at in ("read turn", "read turn again"):  # two places: the second is in the loop
            return look(m.turn, me)
        if at == "look":
            return "read turn again" if m.flag[k] != idle else look((k + 1) % N, me)
        if at == "be active":
            m.flag[me] = active
            return "read holder" if TRUST else look_for_active(0, me)
        if at == "look for active":
            return "start" if m.flag[k] == active else look_for_active(k + 1, me)
        if at == "read holder":
            return "take turn" if m.turn == me else ("look at holder", m.turn)
        if at == "look at holder":
            return "take turn" if m.flag[k] == idle else "start"
        if at == "take turn":
            m.turn = me
            return "section"
        if at == "read turn to leave":
            return "find successor", (m.turn + 1) % N
        if at == "find successor":
            return ("find successor", (k + 1) % N) if m.flag[k] == idle else ("hand on", k)
        if at == "hand on":
            m.turn = k
            return "lower"
        if at == "lower":
            m.flag[me] = idle
            return END

    shared = dict(flag=[0] * N, turn=0, total=0)
    return Scenario(adding(step, "read turn to leave"), [ROUNDS] * N, shared, [BOTH, nothing_lost(N * ROUNDS)])


def ticket_lock(N=3, ROUNDS=2):
    """Reed and Kanodia 1979, Mellor-Crummey and Scott 1991: draw a ticket in one step and wait until it is served."""

    def step(m, me, at, ticket=None):
        if at == "start":
            ticket = m.next
            m.next += 1
            m.line.append(ticket)
            return "wait", ticket
        if at == "wait":
            if m.serving != ticket:
                return "wait", ticket
            consumed(m, ticket)
            return "section", ticket
        if at == "serve next":
            m.serving = ticket + 1
            return END

    return Scenario(
        adding(step, lambda me, ticket: ("serve next", ticket)),
        [ROUNDS] * N,
        dict(next=0, serving=0, total=0),
        [BOTH, nothing_lost(N * ROUNDS), FIFO],
        ghosts=dict(line=[]),
    )


def ticket_bug(N=2, ROUNDS=2):
    """The ticket lock, but a ticket is drawn in two steps."""

    def step(m, me, at, ticket=None):
        if at == "start":
            return "move on", m.next
        if at == "move on":
            m.next = ticket + 1
            return "wait", ticket
        if at == "wait":
            return ("wait" if m.serving != ticket else "section"), ticket
        if at == "serve next":
            m.serving = ticket + 1
            return END

    return Scenario(
        adding(step, lambda me, ticket: ("serve next", ticket)),
        [ROUNDS] * N,
        dict(next=0, serving=0, total=0),
        [BOTH, nothing_lost(N * ROUNDS)],
    )


def mcs(N=2, ROUNDS=2, HASTY=0):
    """Mellor-Crummey and Scott 1991: a queue in which each waits at its own node. A pointer is a process or None."""

    def step(m, me, at, other=None):
        if at == "start":
            m.next[me] = None
            return "lock own node"
        if at == "lock own node":
            m.locked[me] = 1
            return "swap tail"
        if at == "swap tail":
            before, m.tail = m.tail, me
            m.line.append(me)
            if before is not None:
                return "say who comes next", before
            consumed(m, me)
            return "section"
        if at == "say who comes next":
            m.next[other] = me
            return "wait"
        if at == "wait":
            if m.locked[me]:
                return "wait"
            consumed(m, me)
            return "section"
        if at == "look for successor":
            return "set tail back" if m.next[me] is None else "read successor"
        if at == "set tail back":
            if m.tail == me:
                m.tail = None
                return END
            return END if HASTY else "wait for successor"
        if at == "wait for successor":
            return "wait for successor" if m.next[me] is None else "read successor"
        if at == "read successor":
            return "let successor go", m.next[me]
        if at == "let successor go":
            m.locked[other] = 0
            return END

    return Scenario(
        adding(step, "look for successor"),
        [ROUNDS] * N,
        dict(next=[None] * N, locked=[0] * N, tail=None, total=0),
        [BOTH, nothing_lost(N * ROUNDS), FIFO],
        ghosts=dict(line=[]),
    )


def clh(N=2, ROUNDS=2, KEEP=0):
    """Craig 1993, Magnusson, Landin and Hagersten 1994: each waits at the node before its own, and then keeps that."""

    def step(m, me, at, mine, before=None):
        if at == "start":
            m.busy[mine] = 1
            return "swap tail", mine
        if at == "swap tail":
            before, m.tail = m.tail, mine
            m.line.append(me)
            return "wait", mine, before
        if at == "wait":
            if m.busy[before]:
                return "wait", mine, before
            consumed(m, me)
            return "section", mine, before
        if at == "free own node":
            m.busy[mine] = 0
            return END, (mine if KEEP else before)

    return Scenario(
        adding(step, lambda me, mine, before: ("free own node", mine, before)),
        [ROUNDS] * N,
        dict(busy=[0] * (N + 1), tail=N, total=0),
        [BOTH, nothing_lost(N * ROUNDS), FIFO],
        ghosts=dict(line=[]),
        start=lambda me: (me,),
    )


def test_and_set(N=2, ROUNDS=2):
    """Silberschatz, Galvin and Gagne 2018: who learns that the lock was free is in."""

    def step(m, me, at):
        if at == "start":  # work outside
            m.wants[me] = 1
            m.overtaken[me] = 0
            return "try"
        if at == "try":
            taken, m.lock = m.lock, 1
            if taken:
                return "try"
            m.wants[me] = 0
            count_overtaken(m.wants, m.overtaken)
            return "section"
        if at == "unlock":
            m.lock = 0
            return END

    return Scenario(
        adding(step, "unlock"),
        [ROUNDS] * N,
        dict(lock=0, total=0),
        [BOTH, nothing_lost(N * ROUNDS)],
        ghosts=dict(wants=[0] * N, overtaken=[0] * N),
        reachable=[("overtaken_again", lambda m, at: m.wants[0] and m.overtaken[0] == 2)],
    )


def count_overtaken(waiting, overtaken):
    for k, waits_there in enumerate(waiting):
        if waits_there:
            overtaken[k] += 1


def test_and_set_bounded(N=2, ROUNDS=3, HAND_OVER=1):
    """Silberschatz, Galvin and Gagne 2018: who leaves hands the lock over to the next in the circle that waits."""

    def leave(me):
        return ("look for waiting", (me + 1) % N) if HAND_OVER else "unlock"

    def step(m, me, at, kept=None):
        if at == "start":
            m.waiting[me] = 1
            m.overtaken[me] = 0
            return "look", 1
        if at == "look":  # kept: whether the lock was taken
            return "try" if m.waiting[me] and kept else "stop waiting"
        if at == "try":
            taken, m.lock = m.lock, 1
            return "look", taken
        if at == "stop waiting":
            m.waiting[me] = 0
            count_overtaken(m.waiting, m.overtaken)
            return "section"
        if at == "look for waiting":  # kept: the process to look at
            if m.waiting[kept]:
                return "hand over", kept
            kept = (kept + 1) % N
            return ("look for waiting", kept) if kept != me else "unlock"
        if at == "unlock":
            m.lock = 0
            return END
        if at == "hand over":
            m.waiting[kept] = 0
            return END

    def unbounded(m, at):
        return any(waits_there and times > N - 1 for waits_there, times in zip(m.waiting, m.overtaken))

    return Scenario(
        adding(step, leave),
        [ROUNDS] * N,
        dict(lock=0, waiting=[0] * N, total=0),
        [BOTH, nothing_lost(N * ROUNDS), ("bounded", unbounded)],
        ghosts=dict(overtaken=[0] * N),
    )


def compare_and_swap(N=2, ROUNDS=2):
    """A counter without a lock (Herlihy 1991): begin again when it has changed since it was read."""

    def step(m, me, at, seen=None):
        if at in ("start", "read again"):  # two places: the second is in the loop
            return "swap", m.total
        if at == "swap":
            if m.total != seen:
                m.failures += 1
                return "read again"
            m.total = seen + 1
            return END

    return Scenario(
        step,
        [ROUNDS] * N,
        dict(total=0),
        [nothing_lost(N * ROUNDS)],
        ghosts=dict(failures=0),
        reachable=[("again", lambda m, at: m.failures > 0)],
    )


def compare_and_swap_bug(N=2, ROUNDS=1):
    """The same counter, but nobody looks whether the swap succeeded."""

    def step(m, me, at, seen=None):
        if at == "start":
            return "swap", m.total
        if at == "swap":
            if m.total == seen:
                m.total = seen + 1
            return END

    return Scenario(step, [ROUNDS] * N, dict(total=0), [nothing_lost(N * ROUNDS)])


# What is run: the algorithm, its settings, and those that only --all runs. What must come out is in the scenario file.

SMALL = dict(N=2, ROUNDS=2)
MIDDLE = dict(N=3, ROUNDS=1)
LARGE = dict(N=3, ROUNDS=2)

CASES = [
    (no_lock, [{}], []),
    (strict_alternation, [dict(VISITS=2), dict(VISITS=1), dict(VISITS=0)], []),
    (flags_only, [{}], []),
    (flags_checked_first, [{}], []),
    (flags_with_back_off, [{}], []),
    (dekker_attempt_1, [{}], []),
    (dekker_attempt_2, [{}], []),
    (dekker_attempt_3, [{}], []),
    (dekker_attempt_4, [{}], []),
    (hyman, [{}], []),
    (peterson_enter_region, [dict(ROUNDS=1), dict(ROUNDS=2)], []),
    (peterson_swapped, [{}], []),
    (filter_lock, [SMALL, MIDDLE], [LARGE]),
    (lamport_fast, [SMALL, MIDDLE, dict(N=2, SKIP=1)], [LARGE]),
    (szymanski, [SMALL, MIDDLE, dict(N=2, EARLY=1)], [LARGE]),
    (knuth, [SMALL, MIDDLE, dict(N=2, TRUST=1)], [LARGE]),
    (eisenberg_mcguire, [SMALL, MIDDLE, dict(N=2, TRUST=1)], [LARGE]),
    (ticket_lock, [SMALL, LARGE], []),
    (ticket_bug, [dict(N=2), dict(N=3)], []),
    (mcs, [SMALL, MIDDLE, dict(N=2, ROUNDS=1, HASTY=1)], [LARGE]),
    (clh, [SMALL, MIDDLE, LARGE, dict(N=2, KEEP=1)], []),
    (test_and_set, [SMALL], [LARGE]),
    (test_and_set_bounded, [dict(N=2, ROUNDS=3), dict(N=2, HAND_OVER=0)], [LARGE]),
    (compare_and_swap, [SMALL, LARGE], []),
    (compare_and_swap_bug, [dict(N=2, ROUNDS=1), dict(N=2, ROUNDS=2), MIDDLE], []),
]


def words(settings):
    return ", ".join(f"{name} = {value}" for name, value in sorted(settings.items()))


def expectations(path):
    """{settings in words: outcome} of the `expect` lines of a scenario, for steps of one access."""
    result = {}
    for outcome, condition in re.findall(r"^expect\s+([^;]*?)(?:\s+for\s+([^;]*))?;", path.read_text(), re.MULTILINE):
        settings = dict(re.findall(r"(\w+)\s*=\s*(\w+)", condition))
        if settings.pop("granularity", "access") == "access":
            result[words(settings)] = " ".join(outcome.split())
    return result


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n", maxsplit=1)[0], usage="%(prog)s [--all] [--scenarios FOLDER] [NAME...]"
    )
    parser.add_argument("--all", action="store_true", help="the large cases too (some ten seconds)")
    parser.add_argument("--scenarios", type=pathlib.Path, default=SCENARIOS, metavar="FOLDER", help="of the .scn files")
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios, without .scn")
    arguments = parser.parse_args()
    known_names = [algorithm.__name__ for algorithm, *_ in CASES]
    for name in arguments.names:
        if name not in known_names:
            parser.error(f"unknown scenario {name}; known: {', '.join(sorted(known_names))}")
    wrong = 0
    row = "{:22} {:27} {:47} {}"
    print(row.format("name", "settings", "outcome", "the scenario's expectation"))
    for algorithm, small, large in CASES:
        name = algorithm.__name__
        if arguments.names and name not in arguments.names:
            continue
        expected = expectations(arguments.scenarios / f"{name}.scn")
        for settings in small + large:
            told = expected.pop(words(settings), "nothing")
            if settings in large and not arguments.all:
                continue
            outcome = search(algorithm(**settings))
            wrong += outcome != told
            judged = "equals" if outcome == told else f"DIFFERS: {told}"
            print(row.format(name, words(settings), outcome, judged), flush=True)
        for condition, told in expected.items():
            wrong += 1
            print(row.format(name, condition, "no row here", f"DIFFERS: {told}"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
