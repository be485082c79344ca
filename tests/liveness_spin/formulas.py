"""Random formulas of linear temporal logic, and how three programs want them written.

A formula is a tuple: (kind, operand...). Kinds: `atom` and `moved` with a number, `true`, `false`, `!`,
`X`, `G`, `F`, `&&`, `||`, `->`, `<->`, `U`, `R`, `W`, `M`.
"""

UNARY = ["!", "G", "F"]
BINARY = ["&&", "||", "->", "<->", "U", "R", "W", "M"]


def draw(choice, depth, leaves, next_step):
    """A formula of at most this depth. `next_step`: X may stand in it."""
    if depth == 0 or choice.random() < 0.12:
        return choice.choice(leaves) if choice.random() < 0.96 else (choice.choice(["true", "false"]),)
    # Half have one operand; of these G and F are what people write.
    if choice.random() < 0.5:
        kinds = ["G", "F", "G", "F", *UNARY] + (["X", "X"] if next_step else [])
        return (choice.choice(kinds), draw(choice, depth - 1, leaves, next_step))
    return (choice.choice(BINARY), draw(choice, depth - 1, leaves, next_step),
            draw(choice, depth - 1, leaves, next_step))


def has(formula, kind):
    return formula[0] == kind or any(has(part, kind) for part in formula[1:] if isinstance(part, tuple))


# Of the grammar in scenarios/README.md: what binds how strongly. All of two operands go to the right.
STRENGTH = {"->": 0, "<->": 0, "||": 1, "&&": 2, "U": 3, "R": 3, "W": 3, "M": 3}


def for_scenario(formula, system, outer=0):
    """With as few brackets as the grammar allows; `outer`: how strongly what is around it binds."""
    kind = formula[0]
    if kind == "atom":
        # Behind a unary operator a condition stands in brackets, as a careful reader would have it.
        text = system.atoms[formula[1]].scenario
        return f"({text})" if outer == 4 else text
    if kind == "moved":
        return f"{system.names[formula[1]]} moved"
    if kind in ("true", "false"):
        return kind
    if kind in STRENGTH:
        mine = STRENGTH[kind]
        text = f"{for_scenario(formula[1], system, mine + 1)} {kind} {for_scenario(formula[2], system, mine)}"
        return f"({text})" if mine < outer else text
    return f"{kind} {for_scenario(formula[1], system, 4)}"


FIRST_LAST = 100  # lbt's leaves are numbers: of atoms, and from here on of who moved last


def for_spin(formula):
    """For SPIN's translator, which has no X and no M, and calls R V."""
    kind = formula[0]
    if kind == "atom":
        return f"a{formula[1]}"
    if kind in ("true", "false"):
        return kind
    parts = [f"({for_spin(part)})" for part in formula[1:]]
    if kind == "W":
        return f"([] {parts[0]}) || ({parts[0]} U {parts[1]})"
    if kind == "M":
        return f"{parts[1]} U ({parts[0]} && {parts[1]})"
    word = {"G": "[]", "F": "<>", "R": "V"}.get(kind, kind)
    return f"{word} {parts[0]}" if len(parts) == 1 else f"{parts[0]} {word} {parts[1]}"


def for_lbt(formula):
    """In front of its operands stands what joins them. A leaf is p and a number."""
    kind = formula[0]
    if kind == "atom":
        return f"p{formula[1]}"
    if kind == "moved":  # Behind the step SPIN knows who made it.
        return f"X p{FIRST_LAST + formula[1]}"
    if kind in ("true", "false"):
        return kind[0]
    parts = [for_lbt(part) for part in formula[1:]]
    if kind == "W":
        return f"| G {parts[0]} U {parts[0]} {parts[1]}"
    if kind == "M":
        return f"U {parts[1]} & {parts[0]} {parts[1]}"
    word = {"&&": "&", "||": "|", "->": "i", "<->": "e", "R": "V"}.get(kind, kind)
    return " ".join([word, *parts])


def leaf_of_lbt(number):
    """The name in Promela of what lbt calls p<number>."""
    return f"a{number}" if number < FIRST_LAST else f"last{number - FIRST_LAST}"
