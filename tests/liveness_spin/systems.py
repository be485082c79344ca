"""Random systems of two or three processes, each in the scenario language and in Promela.

Each statement makes as many steps in one as in the other, one access a statement, so that X means the same.
A process that has ended stands at a statement of Promela that is never executable: SPIN's own end of a
process would be one step more. All processes are daemons, so that one that is blocked for ever is a run that
ends and no deadlock.
"""

import collections

Both = collections.namedtuple("Both", "scenario promela")
MOST = 3  # values of a variable: 0, 1, 2


class Writer:
    """Lines of a process, in both languages at once."""

    def __init__(self):
        self.scenario, self.promela = [], []
        self.depth = 1

    def put(self, scenario, promela):
        for lines, text in ((self.scenario, scenario), (self.promela, promela)):
            if text:
                lines.append("    " * self.depth + text)


class System:
    """`atoms`: conditions. `names`: of the processes, in the order of SPIN's numbers. `fairness`: of each,
    what the scenario says of its kind. `may_stay`: whether some process stands in a section `remainder`.
    `endless`: nobody ever ends or is blocked. `idles`: in Promela one more process makes steps where nobody
    can, so that SPIN's own rule for runs that end is not met with, and its `_last` says that nobody moves.
    `contended`: all take one lock again and again, so that each can move now and then."""

    def __init__(self, choice):
        self.choice = choice
        self.variables = ["x", "y", "z"][:choice.choice([2, 2, 3])]
        self.endless = choice.random() < 0.3
        self.contended = not self.endless and choice.random() < 0.35
        self.idles = self.contended or (not self.endless and choice.random() < 0.6)
        with_remainder = choice.random() < 0.2
        self.names, self.fairness, self.resting = [], [], []
        self.codes = []  # (name, how many, fairness, lines)
        count = choice.choice([2, 2, 3])
        while len(self.names) < count:
            name = f"p{len(self.codes)}"
            instances = 2 if len(self.names) + 2 <= count and choice.random() < 0.25 else 1
            fairness = choice.choice(["none", "weak", "strong", "strong"])
            writer = Writer()
            self.remainders = 0
            self.may_rest = with_remainder and choice.random() < 0.7
            self.instances = instances
            self.first = len(self.names)
            self.process(writer)
            for k in range(instances):
                self.resting.append([f"{name}[{len(self.names)}]@rest{r}" for r in range(self.remainders)])
                self.names.append(f"{name}[{k}]" if instances > 1 else name)
                self.fairness.append(fairness)
            self.codes.append((name, instances, fairness, writer))
        self.may_stay = any(self.resting)
        self.atoms = [self.draw_atom() for _ in range(5)]

    # What stands on the right of an assignment: one access at most with the store, and no other.
    def value(self):
        constant = str(self.choice.randrange(MOST))
        if self.instances > 1 and self.choice.random() < 0.3:
            return Both("self", f"(_pid - {self.first})")
        if self.choice.random() < 0.2:
            return Both("t", "t")
        return Both(constant, constant)

    def comparison(self, variables=1):
        choice = self.choice
        one = choice.choice(self.variables)
        if variables == 2 and choice.random() < 0.5:
            other = choice.choice([v for v in self.variables if v != one])
            text = choice.choice([f"{one} == {other}", f"{one} < {other}",
                                  f"{one} == {choice.randrange(MOST)} && {other} != {choice.randrange(MOST)}",
                                  f"{one} + {other} > {choice.randrange(1, MOST)}"])
        else:
            text = f"{one} {choice.choice(['==', '==', '!=', '<='])} {choice.randrange(MOST)}"
        return text

    def draw_atom(self):
        choice = self.choice
        if choice.random() < 0.2 and not self.endless:
            p = choice.randrange(len(self.names))
            kind = self.names[p].split("[")[0]
            return Both(f"done({self.names[p]})", f"{kind}[{p}]@finished")
        one, other = choice.sample(self.variables, 2)
        text = choice.choice([f"{one} == {choice.randrange(MOST)}", f"{one} == {choice.randrange(MOST)}",
                              f"{one} != {other}", f"{one} < {other}", f"{one} + {other} == 2"])
        return Both(text, text)

    def process(self, writer):
        if self.contended:
            # x is the lock, and nobody else's.
            self.variables.remove("x")
            writer.put("for (;;) {", "do ::")
            writer.depth += 1
            for held in self.choice.choice([[1], [0, 1], [1, 1], [1, 0]]):
                if held:
                    writer.put("atomic { await (x == 0); x = 1; }", "d_step { (x == 0) -> x = 1 };")
                self.assign(writer)
                if held:
                    writer.put("x = 0;", "x = 0;")
            writer.depth -= 1
            writer.put("}", "od;")
            self.variables.insert(0, "x")
            return
        for _ in range(self.choice.choice([0, 0, 1, 2])):
            self.statement(writer, 1)
        if self.endless or self.choice.random() < 0.8:
            self.forever(writer, 2)
        else:
            self.statement(writer, 1)

    def forever(self, writer, levels):
        writer.put("for (;;) {", "do ::")
        writer.depth += 1
        # A loop that begins with a loop is refused by SPIN ("has unconditional self-loop").
        self.statement(writer, 0)
        for _ in range(self.choice.randrange(3)):
            self.statement(writer, levels - 1)
        writer.depth -= 1
        writer.put("}", "od;")

    def block(self, writer, levels, most=2):
        writer.depth += 1
        for _ in range(self.choice.randrange(1, most + 1)):
            self.statement(writer, levels - 1)
        writer.depth -= 1

    def statement(self, writer, levels):
        simple = [self.assign, self.assign, self.change, self.copy, self.load, self.choosing, self.pause]
        if not self.endless:
            simple += [self.await_, self.await_, self.take, self.lock]
        nested = [self.if_, self.busy, self.while_, self.select]
        self.choice.choice(simple if levels == 0 else simple + nested)(writer)

    def assign(self, writer):
        variable, value = self.choice.choice(self.variables), self.value()
        writer.put(f"{variable} = {value.scenario};", f"{variable} = {value.promela};")

    def change(self, writer):
        variable = self.choice.choice(self.variables)
        text = f"{variable} = ({variable} + {self.choice.randrange(1, MOST)}) % {MOST}"
        writer.put(f"atomic {{ {text}; }}", f"{text};")

    def copy(self, writer):
        one, other = self.choice.sample(self.variables, 2)
        writer.put(f"atomic {{ {one} = {other}; }}", f"{one} = {other};")

    def load(self, writer):
        text = f"t = {self.choice.choice(self.variables)};"
        writer.put(text, text)

    def choosing(self, writer):
        variable, most = self.choice.choice(self.variables), self.choice.randrange(1, MOST)
        if self.choice.random() < 0.5:
            options = " ".join(f":: {variable} = {k}" for k in range(most + 1))
            writer.put(f"atomic {{ {variable} = choose (0 .. {most}); }}", f"if {options} fi;")
        else:  # The step before has the outcomes.
            options = " ".join(f":: t = {k}" for k in range(most + 1))
            writer.put("step;", f"if {options} fi;")
            writer.put(f"t = choose (0 .. {most});", "")
            writer.put(f"{variable} = t;", f"{variable} = t;")

    def pause(self, writer):
        if self.may_rest:
            writer.put("section remainder { step; }", f"rest{self.remainders}: skip;")
            self.remainders += 1
        else:
            writer.put("step;", "skip;")

    def await_(self, writer):
        condition = self.comparison(2)
        writer.put(f"await ({condition});", f"({condition});")

    def take(self, writer):
        condition, variable, value = self.comparison(2), self.choice.choice(self.variables), self.value()
        writer.put(f"atomic {{ await ({condition}); {variable} = {value.scenario}; }}",
                   f"d_step {{ ({condition}) -> {variable} = {value.promela} }};")

    def lock(self, writer):
        """Others can take it now and then: where strong fairness differs from weak."""
        variable = self.choice.choice(self.variables)
        writer.put(f"atomic {{ await ({variable} == 0); {variable} = 1; }}",
                   f"d_step {{ ({variable} == 0) -> {variable} = 1 }};")
        if self.choice.random() < 0.5:
            self.pause(writer)
        writer.put(f"{variable} = 0;", f"{variable} = 0;")

    def if_(self, writer):
        condition = self.comparison()
        writer.put(f"if ({condition}) {{", f"if :: ({condition}) ->")
        self.block(writer, 1)
        if self.choice.random() < 0.5:
            writer.put("} else {", ":: else ->")
            self.block(writer, 1)
            writer.put("}", "fi;")
        else:
            writer.put("}", ":: else fi;")

    def busy(self, writer):
        condition = self.comparison()
        writer.put(f"while ({condition})", f"do :: ({condition})")
        writer.put("    ;", ":: else -> break od;")

    def while_(self, writer):
        condition = self.comparison()
        writer.put(f"while ({condition}) {{", f"do :: ({condition}) ->")
        self.block(writer, 1)
        if self.choice.random() < 0.3:
            leave = self.comparison()
            writer.put(f"    if ({leave}) break;", f"    if :: ({leave}) -> break :: else fi;")
        writer.put("}", ":: else -> break od;")

    def select(self, writer):
        writer.put("select {", "if")
        for _ in range(self.choice.randrange(1, 4)):
            condition = self.comparison(2)
            if self.choice.random() < 0.5:  # Guard and body are one step.
                variable, value = self.choice.choice(self.variables), self.value()
                writer.put(f"    when ({condition}) atomic {{ {variable} = {value.scenario}; }}",
                           f":: d_step {{ ({condition}) -> {variable} = {value.promela} }}")
            else:
                writer.put(f"    when ({condition}) {{", f":: ({condition}) ->")
                self.block(writer, 1)
                writer.put("    }", "")
        if self.endless or self.choice.random() < 0.4:
            writer.put("    else {", ":: else ->")
            self.block(writer, 1)
            writer.put("    }", "")
        writer.put("}", "fi;")

    # The whole, without what is asked of it.
    def scenario(self):
        lines = [f"shared uint8_t {', '.join(f'{v} = 0' for v in self.variables)};", ""]
        for name, instances, fairness, writer in self.codes:
            number = f"[{instances}]" if instances > 1 else ""
            lines += [f"fair {fairness} daemon process {name}{number} {{", "    uint8_t t = 0;",
                      *writer.scenario, "}", ""]
        return "\n".join(lines)

    def promela(self):
        lines = [f"byte {', '.join(f'{v} = 0' for v in self.variables)};"]
        lines += [f"#define a{k} ({atom.promela})" for k, atom in enumerate(self.atoms)]
        for p, resting in enumerate(self.resting):
            rests = "".join(f" && !({place})" for place in resting)
            lines += [f"#define owed{p} (enabled({p}){rests})", f"#define last{p} (_last == {p})"]
        for name, instances, _, writer in self.codes:
            lines += [f"active [{instances}] proctype {name}() {{", "    byte t = 0;", *writer.promela,
                      "finished: false", "}"]
        if self.idles:
            lines.append("active proctype idle() { do :: timeout od }")
        return "\n".join(lines) + "\n"
