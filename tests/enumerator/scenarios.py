"""The scenarios, written by hand from pseudo-code: scenarios/notes from the notes, the others from the reference workloads.

Each builder gives a steps.Scenario. CASES lists what is run: (name, parameters, granularity, builder) and, where another source
gave the numbers, what it says: a verdict, and (states, transitions, depth) or a shortest length, and that source.
"""

from flow import (
    And,
    Append,
    Assert,
    Atomic,
    Choose,
    Consumed,
    Continue,
    DoWhile,
    For,
    Ghost,
    Goto,
    If,
    Label,
    Local,
    Or,
    Produced,
    Repeat,
    Set,
    Shared,
    Take,
    While,
)
from steps import Scenario

IN, OUT, COUNT, BUFFER = Shared("in"), Shared("out"), Shared("count"), Shared("buffer")
EVER = None  # the condition of while (true) and for (;;)
ITEM, TAKEN, SLOT = Local("item"), Local("taken"), Local("slot")


def letters(items, body, first="a"):
    """for (char item = first; item < first + items; item++) body"""
    code = ord(first)
    return [For(Set(ITEM, code), ITEM < code + items, Set(ITEM, ITEM + 1), body)]


def wait_while(condition):
    return While(condition, [])


def full(size):
    return (IN + 1) % size == OUT


def put(size):
    return [Set(BUFFER[IN], ITEM), Set(IN, (IN + 1) % size), Produced(ITEM)]


def take_one(size):
    return [wait_while(IN == OUT), Set(TAKEN, BUFFER[OUT]), Set(OUT, (OUT + 1) % size), Consumed(TAKEN)]


def ring(size, processes, properties, cleared=False, **more):
    shared = {"buffer": [0] * size, "in": 0, "out": 0}
    unwritten = () if cleared else ("buffer",)
    return Scenario(processes, shared, unwritten, properties=properties, **more)


def ring_invariants(size):
    """The notes: in == out exactly when empty, (in + 1) % size == out exactly when full; at most size - 1 items."""
    return [
        ("invariant", "in_range", lambda v: 0 <= v["in"] < size),
        ("invariant", "room", lambda v: 0 <= v.items <= size - 1),
        ("invariant", "empty", lambda v: (v["in"] == v["out"]) == (v.items == 0)),
        ("invariant", "full", lambda v: ((v["in"] + 1) % size == v["out"]) == (v.items == size - 1)),
    ]


# --- scenarios/notes ---


def bounded_buffer(size, items):
    producer = letters(items, [wait_while(full(size)), *put(size)])
    consumer = [Repeat(items, take_one(size))]
    properties = ["fifo", ("slots", "buffer"), *ring_invariants(size)]
    if items >= size:
        properties += [
            ("reachable", "producer_waits", lambda v: v.waiting("producer")),
            ("reachable", "consumer_waits", lambda v: v.waiting("consumer") and v["in"] == 1),
        ]
    return ring(size, [("producer", producer), ("consumer", consumer)], properties, items=True)


def unbounded_buffer(items):
    producer = letters(items, [Append("q", ITEM), Produced(ITEM)])
    consumer = [Repeat(items, [Set(TAKEN, Take("q")), Consumed(TAKEN)])]
    properties = [
        "fifo",
        ("invariant", "producer_never_waits", lambda v: not v.waiting("producer")),
        ("reachable", "far_ahead", lambda v: v.items == items),
    ]
    processes = [("producer", producer), ("consumer", consumer)]
    return Scenario(processes, queues=("q",), properties=properties, items=True)


def worked_example():
    """A producer that looks once; a consumer for ever."""
    producer = letters(5, [If(full(3), [Continue()]), *put(3)])
    consumer = [While(EVER, take_one(3))]
    properties = ["fifo", ("slots", "buffer"), *ring_invariants(3)]
    properties += [
        ("invariant", "producer_never_waits", lambda v: not v.waiting("producer")),
        ("reachable", "step_4", lambda v: v["buffer"][1:] == (ord("b"), ord("d")) and (v["in"], v["out"]) == (0, 1)),
    ]
    return ring(3, [("producer", producer), ("consumer", consumer)], properties, items=True, daemons=("consumer",))


def two_producers(size, each, properties, cleared=False, consumers=1):
    producers = [
        (f"producer[{p}]", letters(each, [wait_while(full(size)), *put(size)], "aA"[p])) for p in range(2)
    ]
    takers = [(f"consumer[{c}]", [Repeat(2 * each // consumers, take_one(size))]) for c in range(consumers)]
    return ring(size, producers + takers, properties, cleared)


def two_consumers(size, each, properties, cleared=False):
    producer = letters(2 * each, [wait_while(full(size)), *put(size)])
    takers = [(f"consumer[{c}]", [Repeat(each, take_one(size))]) for c in range(2)]
    return ring(size, [("producer", producer)] + takers, properties, cleared)


def shared_count(size, items, properties=None):
    producer = letters(
        items,
        [
            wait_while(COUNT == size),
            Set(BUFFER[IN], ITEM),
            Set(IN, (IN + 1) % size),
            Set(COUNT, COUNT + 1),
            Produced(ITEM),
        ],
    )
    consumer = [
        Repeat(
            items,
            [
                wait_while(COUNT == 0),
                Set(TAKEN, BUFFER[OUT]),
                Set(OUT, (OUT + 1) % size),
                Set(COUNT, COUNT - 1),
                Consumed(TAKEN),
            ],
        )
    ]
    if properties is None:
        properties = ["fifo", ("slots", "buffer"), ("invariant", "counted", lambda v: v["count"] == v.items)]
    return Scenario(
        [("producer", producer), ("consumer", consumer)],
        {"buffer": [0] * size, "in": 0, "out": 0, "count": 0},
        ("buffer",),
        properties=properties,
        items=True,
    )


BOTH = ("fifo", ("slots", "buffer"))


def no_full_test(size, items, properties=BOTH):
    processes = [("producer", letters(items, put(size))), ("consumer", [Repeat(items, take_one(size))])]
    return ring(size, processes, properties)


def no_empty_test(size, items, properties=BOTH):
    producer = letters(items, [wait_while(full(size)), *put(size)])
    consumer = [Repeat(items, take_one(size)[1:])]
    return ring(size, [("producer", producer), ("consumer", consumer)], properties, cleared=True)


def off_by_one_full(size, items, properties=BOTH):
    producer = letters(items, [wait_while((IN + 1) % (size + 1) == OUT), *put(size)])
    return ring(size, [("producer", producer), ("consumer", [Repeat(items, take_one(size))])], properties)


def index_before_data(size, items, properties=BOTH):
    producer = letters(
        items,
        [
            wait_while(full(size)),
            Set(SLOT, IN),
            Set(IN, (SLOT + 1) % size),
            Set(BUFFER[SLOT], ITEM),
            Produced(ITEM),
        ],
    )
    processes = [("producer", producer), ("consumer", [Repeat(items, take_one(size))])]
    return ring(size, processes, properties, cleared=True)


def in_advanced_twice(size, items, properties=BOTH):
    producer = letters(items, [wait_while(full(size)), *put(size), Set(IN, (IN + 1) % size)])
    processes = [("producer", producer), ("consumer", [Repeat(items, take_one(size))])]
    return ring(size, processes, properties, cleared=True)


# --- the reference workloads ---


def spsc(size, items):
    v, i = Local("v"), Local("i")

    def send(ghosts, local):
        sent = ghosts["sent"]
        ghosts["sent"] = sent[: local["i"]] + (local["v"],) + sent[local["i"] + 1 :]

    producer = [
        For(
            Set(i, 0),
            i < items,
            Set(i, i + 1),
            [
                Set(v, Choose(0, 1)),
                Ghost(send, ["i", "v"]),
                wait_while(full(size)),
                Set(BUFFER[IN], v),
                Set(IN, (IN + 1) % size),
            ],
        )
    ]
    consumer = [
        For(
            Set(i, 0),
            i < items,
            Set(i, i + 1),
            [
                wait_while(IN == OUT),
                Set(v, BUFFER[OUT]),
                Set(OUT, (OUT + 1) % size),
                Ghost(lambda g, local: g["sent"][local["i"]] == local["v"], ["i", "v"]),
            ],
        )
    ]
    return Scenario(
        [("producer", producer), ("consumer", consumer)],
        {"buffer": [0] * size, "in": 0, "out": 0},
        ghosts={"sent": (0,) * items},
    )


def spsc2(size, each):
    v, i = Local("v"), Local("i")

    def log(value):
        def put_log(ghosts, _):
            ghosts["log"] += (value,)

        return put_log

    def check(ghosts, local):
        got = ghosts["got"]
        ghosts["got"] += 1
        return got < len(ghosts["log"]) and ghosts["log"][got] == local["v"]

    producers = [
        (
            f"producer[{p}]",
            [
                For(
                    Set(i, 0),
                    i < each,
                    Set(i, i + 1),
                    [wait_while(full(size)), Set(BUFFER[IN], p + 1), Set(IN, (IN + 1) % size), Ghost(log(p + 1))],
                )
            ],
        )
        for p in range(2)
    ]
    consumer = [Repeat(2 * each, [wait_while(IN == OUT), Set(v, BUFFER[OUT]), Set(OUT, (OUT + 1) % size), Ghost(check, ["v"])])]
    return Scenario(
        producers + [("consumer", consumer)],
        {"buffer": [0] * size, "in": 0, "out": 0},
        ghosts={"log": (), "got": 0},
    )


def down(name):
    s = Shared(name)
    return Atomic(s > 0, [Set(s, s - 1)])


def up(name):
    s = Shared(name)
    return Atomic(None, [Set(s, s + 1)])


def mpmc(size, producers, consumers, bug=False):
    c, v, o = Local("c"), Local("v"), Local("o")

    def producer(p):
        first = [down("mutex"), down("slots")] if bug else [down("slots"), down("mutex")]
        return [
            While(
                EVER,
                [
                    *first,
                    Set(BUFFER[IN], p + 1),
                    Set(IN, (IN + 1) % size),
                    Set(c, COUNT),
                    Assert(c < size),
                    Set(COUNT, c + 1),
                    up("mutex"),
                    up("items"),
                ],
            )
        ]

    consumer = [
        While(
            EVER,
            [
                down("items"),
                down("mutex"),
                Set(o, OUT),
                Set(v, BUFFER[o]),
                Set(BUFFER[o], 0),
                Set(OUT, (OUT + 1) % size),
                Set(c, COUNT),
                Assert(c > 0),
                Set(COUNT, c - 1),
                up("mutex"),
                up("slots"),
                Assert(v != 0),
            ],
        )
    ]
    return Scenario(
        [(f"producer[{p}]", producer(p)) for p in range(producers)] + [(f"consumer[{p}]", consumer) for p in range(consumers)],
        {"mutex": 1, "slots": size, "items": 0, "in": 0, "out": 0, "count": 0, "buffer": [0] * size},
    )


def mpmc_items(size, producers, consumers, k):
    c, v, i, tally = Local("c"), Local("v"), Local("i"), Local("tally")
    total = producers * k * (k + 1) // 2

    def finish(ghosts, local):
        ghosts["sum"] += local["tally"]
        ghosts["done"] += 1
        return ghosts["done"] < consumers or ghosts["sum"] == total

    producer = [
        For(
            Set(i, 1),
            i <= k,
            Set(i, i + 1),
            [
                down("slots"),
                down("mutex"),
                Set(BUFFER[IN], i),
                Set(IN, (IN + 1) % size),
                Set(c, COUNT),
                Assert(c < size),
                Set(COUNT, c + 1),
                up("mutex"),
                up("items"),
            ],
        )
    ]
    consumer = [
        Set(tally, 0),
        For(
            Set(i, 0),
            i < producers * k // consumers,
            Set(i, i + 1),
            [
                down("items"),
                down("mutex"),
                Set(v, BUFFER[OUT]),
                Set(OUT, (OUT + 1) % size),
                Set(c, COUNT),
                Assert(c > 0),
                Set(COUNT, c - 1),
                up("mutex"),
                up("slots"),
                Set(tally, tally + v),
            ],
        ),
        Ghost(finish, ["tally"]),
    ]
    return Scenario(
        [(f"producer[{p}]", producer) for p in range(producers)] + [(f"consumer[{p}]", consumer) for p in range(consumers)],
        {"mutex": 1, "slots": size, "items": 0, "in": 0, "out": 0, "count": 0, "buffer": [0] * size},
        ghosts={"sum": 0, "done": 0},
    )


def enter(ghosts, _):
    ghosts["crit"] += 1
    return ghosts["crit"] == 1


def leave(ghosts, _):
    ghosts["crit"] -= 1


def peterson(n, bug=False):
    level, last, l, k = Shared("level"), Shared("last"), Local("l"), Local("k")

    def process(me):
        claim = [Set(level[me], l), Set(last[l], me)]
        if bug:
            claim.reverse()
        return [
            While(
                EVER,
                [
                    For(
                        Set(l, 1),
                        l < n,
                        Set(l, l + 1),
                        [
                            *claim,
                            Label("again"),
                            If(
                                last[l] == me,
                                [
                                    For(
                                        Set(k, 0),
                                        k < n,
                                        Set(k, k + 1),
                                        [If(And(k != me, level[k] >= l), [Goto("again")])],
                                    )
                                ],
                            ),
                        ],
                    ),
                    Ghost(enter),
                    Set(level[me], 0),
                    Ghost(leave),
                ],
            )
        ]

    return Scenario(
        [(f"p[{p}]", process(p)) for p in range(n)], {"level": [0] * n, "last": [0] * n}, ghosts={"crit": 0}
    )


def dekker(rounds, bug=False):
    flag, turn = Shared("flag"), Shared("turn")

    def process(me):
        you = 1 - me
        if bug:
            acquire = [wait_while(flag[you] == 1), Set(flag[me], 1), Ghost(enter), Set(flag[me], 0), Ghost(leave)]
            return [Repeat(rounds, acquire)]
        return [
            Repeat(
                rounds,
                [
                    Set(flag[me], 1),
                    While(
                        flag[you] == 1,
                        [If(turn != me, [Set(flag[me], 0), wait_while(turn != me), Set(flag[me], 1)])],
                    ),
                    Ghost(enter),
                    Set(turn, you),
                    Set(flag[me], 0),
                    Ghost(leave),
                ],
            )
        ]

    return Scenario([(f"p[{p}]", process(p)) for p in range(2)], {"flag": [0, 0], "turn": 0}, ghosts={"crit": 0})


def bakery(n, most, bug=False):
    choosing, number, m, k, t = Shared("choosing"), Shared("number"), Local("m"), Local("k"), Local("t")

    def process(me):
        waiting = [] if bug else [wait_while(choosing[k] == 1)]
        return [
            While(
                EVER,
                [
                    Set(choosing[me], 1),
                    Set(m, 0),
                    For(Set(k, 0), k < n, Set(k, k + 1), [Set(t, number[k]), If(t > m, [Set(m, t)])]),
                    If(m >= most, [Set(choosing[me], 0), Continue()]),
                    Set(m, m + 1),
                    Set(number[me], m),
                    Set(choosing[me], 0),
                    For(
                        Set(k, 0),
                        k < n,
                        Set(k, k + 1),
                        [
                            If(k == me, [Continue()]),
                            *waiting,
                            DoWhile(
                                [Set(t, number[k])],
                                And(t != 0, And(t <= m, Or(t != m, k <= me))),
                            ),
                        ],
                    ),
                    Ghost(enter),
                    Set(number[me], 0),
                    Ghost(leave),
                ],
            )
        ]

    return Scenario(
        [(f"p[{p}]", process(p)) for p in range(n)], {"choosing": [0] * n, "number": [0] * n}, ghosts={"crit": 0}
    )


def phils(n, bug=False):
    fork = Shared("fork")

    def process(me):
        one, two = me, (me + 1) % n
        low, high = (one, two) if bug else (min(one, two), max(one, two))
        return [
            While(
                EVER,
                [
                    Atomic(fork[low] == 0, [Set(fork[low], 1)]),
                    Atomic(fork[high] == 0, [Set(fork[high], 1)]),
                    Set(fork[high], 0),
                    Set(fork[low], 0),
                ],
            )
        ]

    return Scenario([(f"phil[{p}]", process(p)) for p in range(n)], {"fork": [0] * n})


def pipeline(stages, capacity):
    v, n, b, want = Local("v"), Local("n"), Local("b"), Local("want")
    source = [
        Set(n, 0),
        While(EVER, [Set(v, Choose(0, 1)), Append("link0", n * 2 + v, capacity), Set(n, 1 - n)]),
    ]
    flip = Set(b, b - 2 * (b % 2) + 1)  # b ^ 1
    stage = lambda i: [While(EVER, [Set(b, Take(f"link{i}")), flip, Append(f"link{i + 1}", b, capacity)])]
    sink = [
        Set(want, 0),
        While(EVER, [Set(b, Take(f"link{stages}")), Assert((b - b % 2) == 2 * want), Set(want, 1 - want)]),
    ]
    return Scenario(
        [("source", source), *((f"stage[{i}]", stage(i)) for i in range(stages)), ("sink", sink)],
        queues=[f"link{i}" for i in range(stages + 1)],
    )


def counter(processes, rounds, bug=False):
    x = Shared("x")

    def finish(ghosts, _):
        ghosts["done"] += 1

    body = [Repeat(rounds, [Set(x, x + 1)])] + ([Ghost(finish)] if bug else [])
    total = ("invariant", "total", lambda v: not all(v.done(f"p[{p}]") for p in range(processes)) or v["x"] == processes * rounds)
    return Scenario(
        [(f"p[{p}]", body) for p in range(processes)],
        {"x": 0},
        ghosts={"done": 0} if bug else {},
        properties=[total] if bug else [],
    )


def cases():
    """(name, parameters, granularity, scenario builder, what another source says or None, that source)."""
    A, S = "access", "statement"
    rows = []

    def row(name, parameters, granularity, build, known=None, source=""):
        rows.append((name, parameters, granularity, build, known, source))

    def both(name, parameters, build, access=None, statement=None, source=""):
        row(name, parameters, A, build, access, source if access else "")
        row(name, parameters, S, build, statement, source if statement else "")

    notes_example = lambda: bounded_buffer(3, 3)
    both(
        "bounded_buffer", "N=3 P=3", notes_example, ("holds", 152, 287, None), ("holds", 37, 66, None), "design"
    )
    for size in range(2, 7):
        for items in (3, 8):
            if (size, items) != (3, 3):
                name = "bounded_buffer" if items == 3 else "bounded_buffer_sizes"
                both(name, f"N={size} P={items}", lambda n=size, p=items: bounded_buffer(n, p))
    for items in (3, 5):
        states, transitions = (items + 1) * (items + 2) // 2, items * (items + 1)
        both("unbounded_buffer", f"P={items}", lambda p=items: unbounded_buffer(p),
             ("holds", states, transitions, 2 * items), ("holds", states, transitions, 2 * items), "hand")
    both("worked_example", "N=3", worked_example)
    both("worked_example_waiting", "N=3 P=5", lambda: bounded_buffer(3, 5))

    def violates(name, steps):
        return ("violates " + name, steps)

    fifo, once, slots = ["fifo"], ["exactly_once"], [("slots", "buffer")]
    both("two_producers", "N=3 P=2", lambda: two_producers(3, 2, fifo), violates("fifo", 16), violates("fifo", 8), "hand")
    both("two_producers_one_cell", "N=3 P=2", lambda: two_producers(3, 2, slots), violates("slots", 8), violates("slots", 4), "hand")
    both("two_consumers", "N=3 P=4", lambda: two_consumers(3, 2, once, True), violates("exactly_once", 18), violates("exactly_once", 9), "hand")
    both("two_consumers (unwritten)", "N=3 P=4", lambda: two_consumers(3, 2, once), ("error unwritten", 16), ("error unwritten", 8), "hand")
    both("two_consumers_one_cell", "N=3 P=4", lambda: two_consumers(3, 2, slots, True), violates("slots", 14), violates("slots", 7), "hand")
    both("two_of_both", "N=3 P=2", lambda: two_producers(3, 1, once, True, 2), violates("exactly_once", 16), violates("exactly_once", 8), "hand")
    both("two_of_both (unwritten)", "N=3 P=2", lambda: two_producers(3, 1, once, False, 2), ("error unwritten", 16), None, "hand")
    row("shared_count", "N=3 P=4", A, lambda: shared_count(3, 4), violates("counted", 21), "hand")
    row("shared_count", "N=3 P=4", S, lambda: shared_count(3, 4), ("holds", None, None, None), "design")
    both("no_full_test", "N=3 P=4", lambda: no_full_test(3, 4), violates("slots", 14), violates("slots", 7), "hand")
    both("no_full_test_lost_item", "N=3 P=4", lambda: no_full_test(3, 4, fifo), violates("fifo", 20), violates("fifo", 10), "hand")
    both("no_empty_test", "N=3 P=3", lambda: no_empty_test(3, 3), violates("slots", 2), violates("slots", 1), "hand")
    both("off_by_one_full", "N=3 P=4", lambda: off_by_one_full(3, 4), violates("slots", 22), violates("slots", 11), "hand")
    both("off_by_one_full", "N=3 P=3", lambda: off_by_one_full(3, 3), ("deadlock", 18), ("deadlock", 9), "hand")
    both("index_before_data", "N=3 P=3", lambda: index_before_data(3, 3), violates("slots", 8), violates("slots", 5), "hand")
    both("in_advanced_twice", "N=3 P=3", lambda: in_advanced_twice(3, 3), violates("slots", 18), violates("slots", 9), "hand")

    row("spsc", "N=3 P=3", A, lambda: spsc(3, 3), ("holds", 928, 1760, None), "SPIN")
    row("spsc", "N=2 P=1", A, lambda: spsc(2, 1), ("holds", 40, 62, None), "SPIN")
    row("spsc", "N=4 P=10", A, lambda: spsc(4, 10), ("holds", 270496, 531680, 120), "SPIN")
    row("spsc2", "N=3 P=2", A, lambda: spsc2(3, 2), ("error assertion", 16), "SPIN")
    row("spsc2", "N=2 P=1", A, lambda: spsc2(2, 1), ("deadlock", 12), "hand")  # the reference looked for FIFO alone: 16
    row("spsc2", "N=3 P=1", A, lambda: spsc2(3, 1), ("error assertion", 16), "reference")
    row("mpmc", "N=2 NP=2 NC=2", A, lambda: mpmc(2, 2, 2), ("holds", 1468, 2708, None), "SPIN")
    row("mpmc", "N=3 NP=3 NC=3", A, lambda: mpmc(3, 3, 3), ("holds", 110121, 301221, 122), "SPIN, rumur")
    row("mpmc bug", "N=2 NP=2 NC=2", A, lambda: mpmc(2, 2, 2, True), ("deadlock", 23), "SPIN")
    row("mpmc_items", "N=2 NP=2 NC=2 K=1", A, lambda: mpmc_items(2, 2, 2, 1), ("holds", 347, 568, None), "SPIN")
    row("mpmc_items", "N=2 NP=2 NC=2 K=6", A, lambda: mpmc_items(2, 2, 2, 6), ("holds", 809063, 1498904, 240), "SPIN")
    row("peterson", "N=2", A, lambda: peterson(2), ("holds", 32, 64, 7), "SPIN")
    row("peterson", "N=3", A, lambda: peterson(3), ("holds", 1626, 4878, 22), "SPIN")
    row("peterson", "N=4", A, lambda: peterson(4), ("holds", 115256, 461024, 42), "SPIN, rumur")
    row("peterson bug", "N=2", A, lambda: peterson(2, True), ("error assertion", 7), "SPIN")
    row("peterson bug", "N=3", A, lambda: peterson(3, True), ("error assertion", 15), "reference")
    row("dekker", "R=2", A, lambda: dekker(2), ("holds", 227, 416, None), "SPIN")
    row("dekker", "R=1", A, lambda: dekker(1), ("holds", 43, 69, None), "SPIN")
    row("dekker", "R=3", A, lambda: dekker(3), ("holds", 573, 1086, 25), "SPIN")
    row("dekker", "R=50", A, lambda: dekker(50), ("holds", 210851, 420608, 401), "SPIN")
    row("dekker bug", "R=50", A, lambda: dekker(50, True), ("error assertion", 4), "SPIN")
    row("bakery", "N=2 MAX=2", A, lambda: bakery(2, 2), ("holds", 153, 306, None), "SPIN")
    row("bakery", "N=2 MAX=5", A, lambda: bakery(2, 5), ("holds", 441, 882, 48), "SPIN")
    row("bakery", "N=3 MAX=20", A, lambda: bakery(3, 20), ("holds", 137066, 411198, 265), "SPIN")
    row("bakery bug", "N=2 MAX=5", A, lambda: bakery(2, 5, True), ("error assertion", 12), "SPIN")
    row("bakery bug", "N=3 MAX=5", A, lambda: bakery(3, 5, True), ("error assertion", 16), "SPIN")
    row("phils", "N=3", A, lambda: phils(3), ("holds", 24, 46, None), "SPIN")
    row("phils", "N=5", A, lambda: phils(5), ("holds", 261, 876, 12), "SPIN")
    row("phils", "N=10", A, lambda: phils(10), ("holds", 102571, 714868, 27), "SPIN")
    row("phils bug", "N=5", A, lambda: phils(5, True), ("deadlock", 5), "reference")
    row("phils bug", "N=10", A, lambda: phils(10, True), ("deadlock", 10), "SPIN")
    row("counter", "K=2 R=5", A, lambda: counter(2, 5), ("holds", 1277, 2228, None), "SPIN")
    row("counter", "K=2 R=1", A, lambda: counter(2, 1), ("holds", 12, 14, None), "SPIN")
    row("counter", "K=3 R=5", A, lambda: counter(3, 5), ("holds", 169771, 460203, 30), "SPIN")
    row("pipeline", "S=1 C=1", A, lambda: pipeline(1, 1), ("holds", 108, 192, None), "SPIN")
    row("pipeline", "S=1 C=2", A, lambda: pipeline(1, 2), ("holds", 588, 1344, None), "SPIN")
    row("pipeline", "S=3 C=2", A, lambda: pipeline(3, 2), ("holds", 259308, 889056, 52), "SPIN")
    row("counter bug", "K=3 R=5", A, lambda: counter(3, 5, True), ("violates total", 30), "SPIN")
    row("counter bug", "K=2 R=1", A, lambda: counter(2, 1, True), ("violates total", 4), "reference")
    return rows
