"""The step rule, the observers and the search: states, transitions, depth, verdict.

One step is one access (access granularity), or one evaluation that touches anything shared (statement granularity),
and all local work of that process up to the next stop. Whole states are stored and compared: nothing is hashed away.
Breadth first, level by level, so that a violation is found at its shortest length and all violations of that length
are known before one is named: errors and asserts rank first, then the properties in order of declaration, then deadlock.
"""

import collections

from flow import ACCESSES, Flow

OPERATIONS_LIMIT = 100_000  # of one step: beyond it our own scenario has a local loop that never ends

State = collections.namedtuple("State", "shared locals ghosts outstanding full items written")
Result = collections.namedtuple("Result", "verdict length states transitions depth trace")


class Scenario:
    """processes: [(name, statements)]; shared: {name: initial value or list of them}; unwritten: names without initialiser;
    queues: names; ghosts: {name: value}; properties: in order, each "fifo", "exactly_once", ("slots", array) ("invariant", name, predicate(View)) or ("reachable", name, predicate(View)); daemons: names of processes that may wait for ever."""

    def __init__(self, processes, shared=None, unwritten=(), queues=(), ghosts=None, properties=(), daemons=(), items=False):
        self.names = [name for name, _ in processes]
        self.flows = [Flow(body) for _, body in processes]
        self.daemon = [name in daemons for name in self.names]
        self.base, self.size, values, written = {}, {}, [], []
        for name, value in (shared or {}).items():
            cells = list(value) if isinstance(value, (list, tuple)) else [value]
            self.base[name], self.size[name] = len(values), len(cells)
            values += cells
            written += [name not in unwritten] * len(cells)
        for name in queues:
            self.base[name], self.size[name] = len(values), 1
            values.append(())
            written.append(True)
        self.ghost_names = tuple((ghosts or {}).keys())
        self.properties = list(properties)
        self.order = next((p for p in properties if p in ("fifo", "exactly_once")), None)
        self.slots = {p[1] for p in properties if isinstance(p, tuple) and p[0] == "slots"}
        self.invariants = [p for p in properties if isinstance(p, tuple) and p[0] == "invariant"]
        self.reachables = [p for p in properties if isinstance(p, tuple) and p[0] == "reachable"]
        self.counts_items = items
        self.start = State(
            tuple(values), (), tuple((ghosts or {}).values()), (), (False,) * len(values), 0, tuple(written)
        )

    def rank(self, verdict):
        if verdict.startswith("error"):
            return -1
        if verdict == "deadlock":
            return len(self.properties)
        names = [p if isinstance(p, str) else "slots" if p[0] == "slots" else p[1] for p in self.properties]
        return names.index(verdict.removeprefix("violates "))


class View:
    """What an invariant may see."""

    def __init__(self, search, state):
        self._search, self._scenario, self._state, self.items = search, search.scenario, state, state.items

    def __getitem__(self, name):
        base, size = self._scenario.base[name], self._scenario.size[name]
        cells = self._state.shared[base : base + size]
        return cells[0] if size == 1 else cells

    def done(self, name):
        return self._state.locals[self._scenario.names.index(name)] == DONE

    def waiting(self, name):
        """Goes round for ever when run alone, or is blocked."""
        return not self.done(name) and self._search.waits(self._state, self._scenario.names.index(name))


DONE = ("done",)


class World:
    """The changeable form of everything in a state but the processes; `broken` collects violations inside a step."""

    def __init__(self, scenario, state):
        self.scenario = scenario
        self.shared = list(state.shared)
        self.ghosts = dict(zip(scenario.ghost_names, state.ghosts))
        self.outstanding = list(state.outstanding)
        self.full = list(state.full)
        self.items = state.items
        self.written = list(state.written)
        self.broken = []

    def copy(self):
        other = World.__new__(World)
        other.scenario, other.items = self.scenario, self.items
        other.ghosts = dict(self.ghosts)
        for name in ("shared", "outstanding", "full", "written", "broken"):
            setattr(other, name, list(getattr(self, name)))
        return other

    def freeze(self, processes):
        return State(
            tuple(self.shared),
            processes,
            tuple(self.ghosts.values()),
            tuple(self.outstanding),
            tuple(self.full),
            self.items,
            tuple(self.written),
        )

    def read(self, name, index):
        """The value, or None after an error."""
        if not 0 <= index < self.scenario.size[name]:
            self.broken.append("error index")
            return None
        cell = self.scenario.base[name] + index
        if name in self.scenario.slots:
            if not self.full[cell]:
                self.broken.append("violates slots")
            self.full[cell] = False
        if not self.written[cell]:
            self.broken.append("error unwritten")
            return None
        return self.shared[cell]

    def write(self, name, index, value):
        if not 0 <= index < self.scenario.size[name]:
            self.broken.append("error index")
            return False
        cell = self.scenario.base[name] + index
        if name in self.scenario.slots:
            if self.full[cell]:
                self.broken.append("violates slots")
            self.full[cell] = True
        self.written[cell] = True
        self.shared[cell] = value
        return True

    def produced(self, value):
        if self.scenario.counts_items:
            self.items += 1
        if self.scenario.order:
            self.outstanding.append(value)
            if self.scenario.order == "exactly_once":
                self.outstanding.sort()

    def consumed(self, value):
        if self.scenario.counts_items:
            self.items -= 1
        order = self.scenario.order
        if order == "fifo" and self.outstanding[:1] != [value] or order and value not in self.outstanding:
            self.broken.append("violates " + order)
        elif order:
            self.outstanding.remove(value)


def execute(flow, granularity, world, pc, env, begun):
    """Runs from pc to the next stop. Yields (local state or None after an error, world) once per outcome, nothing where the
    step is not enabled. begun: the operation at pc is the access that this step is about (else: only local work)."""
    pending = [(pc, env, world, begun)]
    while pending:
        pc, env, world, first = pending.pop()
        # The step has made an access in the evaluation where it stands / stands inside atomic { }.
        within = inside = False
        operand = lambda x: x if isinstance(x, int) else env[x]
        for _ in range(OPERATIONS_LIMIT):
            op = flow.ops[pc]
            kind = op[0]
            if kind in ACCESSES:
                if not first and not inside and not (granularity == "statement" and within):
                    yield (pc, *(env[v] for v in flow.live[pc])), world
                    break
                first, within = False, kind != "atomic"
                if kind == "atomic":
                    inside = True
                elif kind == "read":
                    value = world.read(op[2], operand(op[3]))
                    if value is None:
                        yield None, world
                        break
                    env[op[1]] = value
                elif kind == "write":
                    if not world.write(op[1], operand(op[2]), operand(op[3])):
                        yield None, world
                        break
                elif kind == "append":
                    cell = world.scenario.base[op[1]]
                    if op[3] is not None and len(world.shared[cell]) == op[3]:
                        break
                    world.shared[cell] += (operand(op[2]),)
                elif kind == "take":
                    cell = world.scenario.base[op[2]]
                    if not world.shared[cell]:
                        break
                    env[op[1]], world.shared[cell] = world.shared[cell][0], world.shared[cell][1:]
            elif kind == "evaluation":
                within = False
            elif kind == "end of atomic":
                inside = within = False
            elif kind == "blocked":
                break
            elif kind == "compute":
                env[op[1]] = op[2](operand(op[3]), operand(op[4]))
            elif kind == "jump":
                pc = op[1]
                continue
            elif kind == "branch":
                pc = op[2] if operand(op[1]) else op[3]
                continue
            elif kind == "choose":
                # Local work only: the fork never happens between two accesses of one statement in these scenarios.
                assert not first and not within and not inside
                for value in range(op[2] + 1, op[3] + 1):
                    pending.append((pc + 1, {**env, op[1]: value}, world.copy(), False))
                env[op[1]] = op[2]
            elif kind == "produced":
                world.produced(operand(op[1]))
            elif kind == "consumed":
                world.consumed(operand(op[1]))
            elif kind == "ghost":
                if op[1](world.ghosts, env) is False:
                    world.broken.append("error assertion")
                    yield None, world
                    break
            elif kind == "assert":
                if not operand(op[1]):
                    world.broken.append("error assertion")
                    yield None, world
                    break
            elif kind == "done":
                yield DONE, world
                break
            pc += 1
        else:
            raise RuntimeError("a step that never ends")


class Search:
    def __init__(self, scenario, granularity):
        self.scenario, self.granularity = scenario, granularity
        self._waits = {}
        self._unreached = scenario.reachables

    def initial(self):
        worlds = [((), World(self.scenario, self.scenario.start))]
        for flow in self.scenario.flows:
            worlds = [
                (done + (local,), after)
                for done, world in worlds
                for local, after in execute(flow, self.granularity, world.copy(), 0, {}, False)
            ]
        return worlds

    def successors(self, state, process):
        """[(state or None after an error, violations inside the step)], one per outcome; [] where not enabled."""
        local = state.locals[process]
        if local == DONE:
            return []
        flow = self.scenario.flows[process]
        env = dict(zip(flow.live[local[0]], local[1:]))
        result = []
        for after, world in execute(flow, self.granularity, World(self.scenario, state), local[0], env, True):
            if after is None:
                result.append((None, world.broken))
            else:
                processes = state.locals[:process] + (after,) + state.locals[process + 1 :]
                result.append((world.freeze(processes), world.broken))
        return result

    def waits(self, state, process):
        """Run alone the process never finishes, never fails and never changes the value of a shared object; includes blocked."""
        key = (process, state.locals[process], state.shared, state.written)
        if key in self._waits:
            return self._waits[key]
        seen, frontier, answer = {state.locals[process]}, [state], True
        while frontier and answer:
            for after, broken in self.successors(frontier.pop(), process):
                if broken or after is None or after.locals[process] == DONE or after.shared != state.shared:
                    answer = False
                    break
                if after.locals[process] not in seen:
                    seen.add(after.locals[process])
                    frontier.append(after)
        self._waits[key] = answer
        return answer

    def judge(self, state, moves):
        """The violations of a state itself. moves: its successors per process."""
        scenario, broken = self.scenario, []
        view = View(self, state)
        self._unreached = [p for p in self._unreached if not p[2](view)]
        for _, name, predicate in scenario.invariants:
            if not predicate(view):
                broken.append("violates " + name)
        left = [p for p, local in enumerate(state.locals) if local != DONE]
        for p in left:
            for after, inside in moves[p]:
                if inside or after is None or after.locals[p] == DONE or after.shared != state.shared:
                    return broken  # p does not wait: no deadlock, and a daemon that moves leaves the run incomplete
        if all(self.waits(state, p) for p in left):
            if any(not scenario.daemon[p] for p in left):
                broken.append("deadlock")
            elif state.outstanding:
                broken.append("violates " + scenario.order)
        return broken

    def run(self, max_states=20_000_000):
        parents = {}
        found = []  # violations of the shortest length: (verdict, state before, process or None, state after)
        level, transitions, depth = [], 0, 0
        for processes, world in self.initial():
            state = world.freeze(processes)
            found += [(verdict, None, None, state) for verdict in world.broken]
            if state not in parents:
                parents[state] = None
                level.append(state)
        while True:
            if found:
                return self._report(found, depth, parents)
            following, later = [], []
            for state in level:
                moves = [self.successors(state, p) for p in range(len(state.locals))]
                found += [(verdict, state, None, state) for verdict in self.judge(state, moves)]
                for p, outcomes in enumerate(moves):
                    for after, broken in outcomes:
                        transitions += 1
                        later += [(verdict, state, p, after) for verdict in broken]
                        if after is not None and not broken and after not in parents:
                            parents[after] = (state, p)
                            following.append(after)
            if found:
                return self._report(found, depth, parents)
            if later:
                # Judge the new states of that depth too: what is declared first is named first.
                for state in following:
                    moves = [self.successors(state, p) for p in range(len(state.locals))]
                    later += [(verdict, state, None, state) for verdict in self.judge(state, moves)]
                return self._report(later, depth + 1, parents)
            if not following:
                verdict = "unreached " + self._unreached[0][1] if self._unreached else "holds"
                return Result(verdict, None, len(parents), transitions, depth, None)
            if len(parents) > max_states:
                return Result("incomplete", None, len(parents), transitions, depth, None)
            level, depth = following, depth + 1

    def _report(self, found, length, parents):
        verdict, before, process, after = min(found, key=lambda f: self.scenario.rank(f[0]))
        trace = [(process, after)] if process is not None else []
        state = before
        while state is not None and parents[state] is not None:
            previous, p = parents[state]
            trace.append((p, state))
            state = previous
        return Result(verdict, length, None, None, None, list(reversed(trace)))
