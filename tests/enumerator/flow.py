"""A small language embedded in Python, and its flow graph.

A process is a Python list of the statements below. `Flow` turns it into a list of micro-operations with explicit
temporaries, as a compiler would, and computes by backward data flow which variables are live before each operation.
A value that is not live is not part of a state: that is how dead locals and temporaries come to be zero, mechanically.

Nothing here reads `.scn` files: every program is written by hand in scenarios.py.
"""

OPERATORS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "%": lambda a, b: a % b,  # operands are never negative here, where C and Python agree
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
}


class Expr:
    def __add__(self, other):
        return Binary("+", self, other)

    def __rsub__(self, other):
        return Binary("-", other, self)

    def __rmul__(self, other):
        return Binary("*", other, self)

    def __radd__(self, other):
        return Binary("+", other, self)

    def __sub__(self, other):
        return Binary("-", self, other)

    def __mul__(self, other):
        return Binary("*", self, other)

    def __mod__(self, other):
        return Binary("%", self, other)

    def __eq__(self, other):
        return Binary("==", self, other)

    def __ne__(self, other):
        return Binary("!=", self, other)

    def __lt__(self, other):
        return Binary("<", self, other)

    def __le__(self, other):
        return Binary("<=", self, other)

    def __gt__(self, other):
        return Binary(">", self, other)

    def __ge__(self, other):
        return Binary(">=", self, other)

    __hash__ = None


class Binary(Expr):
    def __init__(self, operator, left, right):
        self.operator, self.left, self.right = operator, left, right


class And(Expr):
    """a && b: b is evaluated, with its accesses, only when a is true."""

    def __init__(self, left, right):
        self.left, self.right = left, right


class Or(Expr):
    def __init__(self, left, right):
        self.left, self.right = left, right


class Local(Expr):
    def __init__(self, name):
        self.name = name


class Shared(Expr):
    """A shared scalar, or with an index one cell of a shared array: reading it is one access."""

    def __init__(self, name, index=0):
        self.name, self.index = name, index

    def __getitem__(self, index):
        return Shared(self.name, index)


class Take(Expr):
    """take(q): one access, blocked while q is empty."""

    def __init__(self, queue):
        self.queue = queue


class Choose(Expr):
    """choose (low .. high): local work with several outcomes."""

    def __init__(self, low, high):
        self.low, self.high = low, high


class Statement:
    def __init__(self, *parts):
        self.parts = parts


class Set(Statement):
    """place = value: the place first, then the value, then the store."""


class If(Statement):
    """condition, then-list[, else-list]"""


class While(Statement):
    """condition or None for ever, body"""


class DoWhile(Statement):
    """body, condition"""


class For(Statement):
    """init, condition or None for ever, step, body"""


class Repeat(Statement):
    """count, body"""


class Break(Statement):
    pass


class Continue(Statement):
    pass


class Label(Statement):
    """name"""


class Goto(Statement):
    """name"""


class Append(Statement):
    """queue, value[, capacity]: one access, blocked while the queue holds capacity items"""


class Produced(Statement):
    """value: local work, so part of the step of the last access before it"""


class Consumed(Statement):
    """value"""


class Ghost(Statement):
    """function(ghosts, locals), names of the locals it reads. May change ghosts; returns False where its assert fails."""


class Assert(Statement):
    """condition over locals"""


class Atomic(Statement):
    """await-condition or None, body: one step"""


ACCESSES = {"read", "write", "append", "take", "atomic"}


class Flow:
    """The micro-operations of one process.

    ops[pc] is a tuple: kind first. Operands are integers (constants) or strings (variables).
    live[pc] are the variables live just before ops[pc], in a fixed order.
    """

    def __init__(self, body):
        self.ops = []
        self._labels = {}
        self._fresh = 0
        self._loops = []  # (break label, continue label)
        self._block(body)
        self._emit("done")
        self._resolve()
        self._liveness()

    # --- building ---

    def _emit(self, *op):
        self.ops.append(op)

    def _name(self, prefix):
        self._fresh += 1
        return f"{prefix}{self._fresh}"

    def _here(self, label):
        assert label not in self._labels, label
        self._labels[label] = len(self.ops)

    def _evaluation(self):
        """At statement granularity one evaluation is one step: this marks where it begins."""
        self._emit("evaluation")

    def _value(self, e):
        if isinstance(e, int):
            return e
        if isinstance(e, Local):
            return e.name
        t = self._name("t")
        if isinstance(e, Shared):
            self._emit("read", t, e.name, self._value(e.index))
        elif isinstance(e, Binary):
            left = self._value(e.left)
            right = self._value(e.right)
            self._emit("compute", t, OPERATORS[e.operator], left, right)
        elif isinstance(e, Take):
            self._emit("take", t, e.queue)
        elif isinstance(e, Choose):
            self._emit("choose", t, e.low, e.high)
        elif isinstance(e, (And, Or)):
            yes, no, end = self._name("L"), self._name("L"), self._name("L")
            self._branch(e, yes, no)
            self._here(yes)
            self._emit("compute", t, OPERATORS["+"], 1, 0)
            self._emit("jump", end)
            self._here(no)
            self._emit("compute", t, OPERATORS["+"], 0, 0)
            self._here(end)
        else:
            raise TypeError(e)
        return t

    def _branch(self, e, yes, no):
        if isinstance(e, And):
            middle = self._name("L")
            self._branch(e.left, middle, no)
            self._here(middle)
            self._branch(e.right, yes, no)
        elif isinstance(e, Or):
            middle = self._name("L")
            self._branch(e.left, yes, middle)
            self._here(middle)
            self._branch(e.right, yes, no)
        else:
            self._emit("branch", self._value(e), yes, no)

    def _block(self, statements):
        for s in statements:
            getattr(self, "_" + type(s).__name__.lower())(*s.parts)

    def _set(self, place, value):
        self._evaluation()
        if isinstance(place, Local):
            self._emit("compute", place.name, OPERATORS["+"], self._value(value), 0)
        else:
            index = self._value(place.index)
            self._emit("write", place.name, index, self._value(value))

    def _if(self, condition, then, otherwise=()):
        yes, no, end = self._name("L"), self._name("L"), self._name("L")
        self._evaluation()
        self._branch(condition, yes, no)
        self._here(yes)
        self._block(then)
        self._emit("jump", end)
        self._here(no)
        self._block(otherwise)
        self._here(end)

    def _while(self, condition, body):
        self._for(None, condition, None, body)

    def _for(self, init, condition, step, body):
        test, top, again, end = (self._name("L") for _ in range(4))
        if init is not None:
            self._block([init])
        self._here(test)
        if condition is not None:
            self._evaluation()
            self._branch(condition, top, end)
        self._here(top)
        self._loops.append((end, again))
        self._block(body)
        self._loops.pop()
        self._here(again)
        if step is not None:
            self._block([step])
        self._emit("jump", test)
        self._here(end)

    def _dowhile(self, body, condition):
        top, again, end = (self._name("L") for _ in range(3))
        self._here(top)
        self._loops.append((end, again))
        self._block(body)
        self._loops.pop()
        self._here(again)
        self._evaluation()
        self._branch(condition, top, end)
        self._here(end)

    def _repeat(self, count, body):
        i = Local(self._name("repeat"))
        self._for(Set(i, 0), i < count, Set(i, i + 1), body)

    def _break(self):
        self._emit("jump", self._loops[-1][0])

    def _continue(self):
        self._emit("jump", self._loops[-1][1])

    def _label(self, name):
        self._here("user " + name)

    def _goto(self, name):
        self._emit("jump", "user " + name)

    def _append(self, queue, value, capacity=None):
        self._evaluation()
        self._emit("append", queue, self._value(value), capacity)

    def _produced(self, value):
        self._evaluation()
        self._emit("produced", self._value(value))

    def _consumed(self, value):
        self._evaluation()
        self._emit("consumed", self._value(value))

    def _ghost(self, function, reads=()):
        self._emit("ghost", function, tuple(reads))

    def _assert(self, condition):
        self._evaluation()
        self._emit("assert", self._value(condition))

    def _atomic(self, condition, body):
        self._emit("atomic")
        if condition is not None:
            yes, no = self._name("L"), self._name("L")
            self._branch(condition, yes, no)
            self._here(no)
            self._emit("blocked")
            self._here(yes)
        self._block(body)
        self._emit("end of atomic")

    # --- after building ---

    def _resolve(self):
        at = self._labels
        for pc, op in enumerate(self.ops):
            if op[0] == "jump":
                self.ops[pc] = ("jump", at[op[1]])
            elif op[0] == "branch":
                self.ops[pc] = ("branch", op[1], at[op[2]], at[op[3]])

    @staticmethod
    def _uses_and_defines(op):
        kind = op[0]
        if kind == "read":
            return [op[3]], [op[1]]
        if kind == "write":
            return [op[2], op[3]], []
        if kind == "compute":
            return [op[3], op[4]], [op[1]]
        if kind in ("take", "choose"):
            return [], [op[1]]
        if kind == "append":
            return [op[2]], []
        if kind in ("branch", "produced", "consumed", "assert"):
            return [op[1]], []
        if kind == "ghost":
            return list(op[2]), []
        return [], []

    def _successors(self, pc):
        op = self.ops[pc]
        if op[0] == "jump":
            return [op[1]]
        if op[0] == "branch":
            return [op[2], op[3]]
        if op[0] in ("done", "blocked"):
            return []
        return [pc + 1]

    def _liveness(self):
        live = [set() for _ in self.ops]
        changed = True
        while changed:
            changed = False
            for pc in reversed(range(len(self.ops))):
                uses, defines = self._uses_and_defines(self.ops[pc])
                after = set().union(*(live[next_pc] for next_pc in self._successors(pc)))
                before = (after - set(defines)) | {v for v in uses if isinstance(v, str)}
                if before != live[pc]:
                    live[pc], changed = before, True
        self.live = [tuple(sorted(names)) for names in live]
