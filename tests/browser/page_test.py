#!/usr/bin/env python3
"""The page of `interleave graph -o OUT.html`, in a real browser.

    page_test.py BINARY [--shots FOLDER]

Steps, cells, counts and search results are compared with what `interleave check --json` and `graph --format json`
say of the same scenario. Exit code: 0 if everything is as it should be.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from browser import Browser

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STATE = """
const cell = (td) => ({text: td.textContent, state: ["live", "taken", "unwritten"].find((word) => td.classList.contains(word)) ?? "plain",
                       changed: td.classList.contains("changed")});
const objects = {};
for (const figure of document.querySelectorAll("#memory figure")) {
  const cells = [...figure.querySelectorAll("td.cell")].map(cell);
  objects[figure.dataset.object] = cells.length ? cells
      : {text: figure.querySelector(".value").textContent, changed: figure.classList.contains("changed")};
}
return {
  where: document.getElementById("where").textContent, hash: location.hash, objects,
  flags: [...document.querySelectorAll("#flags .flag")].map((flag) => flag.textContent),
  choices: [...document.querySelectorAll("#choices button:not(.start)")].map((button) => ({to: Number(button.dataset.to), text: button.textContent})),
  moved: [...document.querySelectorAll("#source tr.moved .number")].map((number) => Number(number.textContent)),
  chips: [...document.querySelectorAll("#source .chip")].map((chip) => [chip.textContent, Number(chip.closest("tr").querySelector(".number").textContent)]),
  step: Number(document.getElementById("slider").value), steps: Number(document.getElementById("slider").max),
};
"""

failures = []


def expect(what, is_so, *facts):
    if not is_so:
        failures.append(what)
        print(f"FAILED  {what}", *facts, file=sys.stderr)


def equal(what, seen, expected):
    expect(what, seen == expected, f"\n  seen      {seen!r:.600}\n  expected  {expected!r:.600}")


class Tool:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder

    def page(self, scenario, *options, name="page.html", codes=(0,)):
        path = self.folder / name
        done = subprocess.run([self.binary, "graph", scenario, *options, "-o", path], capture_output=True, text=True,
                              check=False)
        expect(f"page of {scenario}: exit code {done.returncode}", done.returncode in codes, done.stderr)
        return path

    def check(self, scenario, *options):
        done = subprocess.run([self.binary, "check", "--json", "--reduce", "none", scenario, *options],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout)

    def graph(self, scenario, *options):
        """Nodes with their states, and edges by node."""
        done = subprocess.run([self.binary, "graph", scenario, *options, "--format", "json"], capture_output=True,
                              text=True, check=True)
        nodes, edges = [], []
        for line in done.stdout.splitlines()[1:]:
            entry = json.loads(line)
            if "node" in entry:
                nodes.append(entry)
                edges.append([])
            else:
                edges[-1].append(entry)
        return nodes, edges


def without_quotes(value):
    return value[1:-1] if value is not None and len(value) == 3 and value[0] == value[-1] == "'" else value


def as_drawn(cell):
    value = "-" if cell["state"] == "unwritten" else without_quotes(cell["value"])
    return f"({value})" if cell["state"] == "taken" else value


def test_counterexample(browser, tool, scenario):
    """Every step by the right arrow key, against the counterexample of `check --json`."""
    result = tool.check(scenario)
    example = result["counterexamples"][0]
    browser.open(tool.page(scenario))
    first = browser.script(STATE)
    equal(f"{scenario}: number of steps", first["steps"], len(example["steps"]))
    expect(f"{scenario}: the verdict", example["message"] in browser.script(
        "return document.getElementById('verdict').textContent"))
    at = {process: None for process in ()}
    for step in example["steps"]:
        number = step["step"]
        browser.press("ArrowRight")
        seen = browser.script(STATE)
        equal(f"{scenario} step {number}: slider", seen["step"], number)
        expect(f"{scenario} step {number}: who", f" {step['process']}, line {step['source']['line']}: " in seen["where"],
               seen["where"])
        equal(f"{scenario} step {number}: line", seen["moved"], [step["source"]["line"]])
        for access in step["accesses"]:
            if access["kind"] == "write":
                expect(f"{scenario} step {number}: text", f"{access['name']} = {access['value']}" in seen["where"],
                       seen["where"])
        if "drawing" in step:
            ring = next(name for name, cells in seen["objects"].items()
                        if isinstance(cells, list) and len(cells) == len(step["drawing"]["cells"]))
            equal(f"{scenario} step {number}: ring", [cell["text"] for cell in seen["objects"][ring]],
                  [as_drawn(cell) for cell in step["drawing"]["cells"]])
            equal(f"{scenario} step {number}: ring's states", [cell["state"] for cell in seen["objects"][ring]],
                  [cell["state"] for cell in step["drawing"]["cells"]])
        lit = []
        for name, drawn in seen["objects"].items():
            if isinstance(drawn, list):
                lit += [f"{name}[{k}]" for k, cell in enumerate(drawn) if cell["changed"]]
            elif drawn["changed"]:
                lit.append(name)
        # The count of items is told only where a property names it.
        told = [name for name in step["changed"] if name in lit or name != "items"]
        equal(f"{scenario} step {number}: what is lit", sorted(name for name in lit if name != "items"),
              sorted(name for name in told if name != "items"))
        at[step["process"]] = None if step["done"] or "next" not in step else step["next"]["line"]
        for process, line in at.items():
            if line is not None and number < len(example["steps"]):
                expect(f"{scenario} step {number}: {process} stands at {line}", [process, line] in seen["chips"],
                       seen["chips"])
    equal(f"{scenario}: what broke is said at the end", len(seen["flags"]) > 0, True)
    browser.press("Home")
    equal(f"{scenario}: Home", browser.script(STATE)["step"], 0)
    browser.press("End")
    equal(f"{scenario}: End", browser.script(STATE)["step"], len(example["steps"]))
    browser.press("ArrowLeft")
    equal(f"{scenario}: left", browser.script(STATE)["hash"], f"#step={len(example['steps']) - 1}")
    equal(f"{scenario}: nothing on the console", browser.log(), [])


def test_exploring(browser, tool, scenario, *options):
    """A random walk by clicks; each state and its choices against the exported graph."""
    nodes, edges = tool.graph(scenario, *options)
    result = tool.check(scenario, *options)
    browser.open(tool.page(scenario, *options))
    summary = browser.script("return document.getElementById('summary').textContent")
    expect(f"{scenario}: counts", f"{result['states']:,} states, {result['transitions']:,} transitions" in summary, summary)
    equal(f"{scenario}: transitions in the page", browser.script(
        "let count = 0; for (let node = 0; node < shown; ++node) count += stepsOf(node).filter(({to}) => !isEnd(to)).length;"
        "return count;"), result["transitions"])
    chance = random.Random(7)
    node, trail = 0, []
    browser.script("visit(0)")
    for turn in range(25):
        seen = browser.script(STATE)
        equal(f"{scenario} turn {turn}: choices", [choice["to"] for choice in seen["choices"]],
              [edge["to"] for edge in edges[node]])
        state = {}
        for name, value in nodes[node]["state"].items():
            state.setdefault(name.split("[")[0], []).append(value)
        for name, values in state.items():
            drawn = seen["objects"][name]
            if isinstance(values[0], list):
                equal(f"{scenario} turn {turn}: {name}", drawn["text"], f"[{' '.join(values[0])}]")
            elif isinstance(drawn, dict):
                equal(f"{scenario} turn {turn}: {name}", drawn["text"], without_quotes(values[0]) or "-")
            else:
                equal(f"{scenario} turn {turn}: {name}", [cell["text"].strip("()") for cell in drawn],
                      ["-" if cell["state"] == "unwritten" else without_quotes(value)
                       for cell, value in zip(drawn, values)])
        standing = {name: line for name, line in nodes[node]["at"].items() if line != "done"}
        equal(f"{scenario} turn {turn}: who stands where", dict(map(tuple, seen["chips"])), standing)
        if not edges[node]:
            break
        pick = chance.randrange(len(edges[node]))
        trail.append(node)
        node = edges[node][pick]["to"]
        if turn % 2 == 0:
            browser.click("#choices button", pick)
        else:
            browser.press(*["ArrowDown"] * pick, "Enter")
    for before in reversed(trail[-5:]):
        if edges[before]:
            browser.press("u")
    if len(trail) >= 5:
        equal(f"{scenario}: undo", browser.script("return here()"), trail[-5])
        browser.press("r")
        equal(f"{scenario}: redo", browser.script("return here()"), trail[-4])
    equal(f"{scenario}: nothing on the console", browser.log(), [])


def test_search(browser, tool):
    scenario = ROOT / "scenarios/notes/bounded_buffer.scn"
    nodes, _ = tool.graph(scenario)
    browser.open(tool.page(scenario))

    def count(expression):
        browser.press("/")
        browser.script("document.getElementById('query').value = ''")
        browser.press(*expression, "Enter")
        said = browser.script("return document.getElementById('result-count').textContent")
        browser.press("Escape")
        return int(said.split()[0].replace(",", "")) if said else None

    def value(node, name):
        return nodes[node]["state"][name]

    every = range(len(nodes))
    for expression, test in (
            ("in == out", lambda n: value(n, "in") == value(n, "out")),
            ("(in + 1) % BUFFER_SIZE == out", lambda n: (int(value(n, "in")) + 1) % 3 == int(value(n, "out"))),
            ("buffer[0] == 'a' && in > 0", lambda n: value(n, "buffer[0]") == "'a'" and int(value(n, "in")) > 0),
            ("buffer[in] != 0", lambda n: value(n, f"buffer[{value(n, 'in')}]") is not None),
            ("done(producer) || in - out < 0", lambda n: nodes[n]["at"]["producer"] == "done" or int(value(n, "in")) < int(value(n, "out"))),
            ("line(consumer) == 35 ? in : out == 1", lambda n: int(value(n, "in")) if nodes[n]["at"]["consumer"] == 35 else int(value(n, "out")) == 1),
            ("complete", lambda n: "complete" in nodes[n]["marks"]),
            ("initial => in", lambda n: "initial" not in nodes[n]["marks"] or int(value(n, "in")))):
        equal(f"search: {expression}", count(expression), sum(1 for n in every if test(n)))
    browser.press("/")
    browser.script("document.getElementById('query').value = 'in == = 2'")
    browser.press("Enter")
    error = browser.script("return document.getElementById('query-error').textContent")
    expect("search: an error with its place", error.startswith("in == = 2\n      ^ "), error)
    for written, hint in (("in = 1", "     ^ `=` assigns: to compare, write `==`"[2:]), ("in == 1 and out == 0", "`&&`"),
                          ("not in", "`!`"), ("inn == 1", "did you mean `in`?"), ("done(consumr)", "did you mean `consumer`?"),
                          ("buffer == 1", "`buffer[0]`")):
        browser.script("document.getElementById('query').value = arguments[0]; search()", written)
        said = browser.script("return document.getElementById('query-error').textContent")
        expect(f"search: `{written}` is told what is meant", hint in said, said)
    for wrong in ("buffer", "nobody", "in ==", "((in", "done(out)", "in @ 2", "'ab'", "1 +" * 50, "(" * 500):
        browser.script("document.getElementById('query').value = arguments[0]; search()", wrong)
        expect(f"search: `{wrong[:20]}` is refused", browser.script(
            "return document.getElementById('query-error').textContent") != "")
    odd = tool.folder / "odd.scn"
    odd.write_text("""#define BIG 9007199254740993
#define HEX 0x10u
#define LAST (N - 1)
#define N 4
enum colour { RED, GREEN = 7 };
shared long big = 0;
shared int constructor = 0, c = RED;
process p { big = BIG; constructor = HEX + LAST; c = GREEN; }
""")
    browser.open(tool.page(odd, name="odd.html"))
    for expression, found in (("big == BIG", 3), ("big == 9007199254740992", 0), ("constructor == HEX + N - 1", 2),
                              ("constructor == 16 + 3", 2), ("2 * LAST == 6", 4), ("c == GREEN", 1), ("c == 7", 1)):
        equal(f"search: {expression}", count(expression), found)
    for wrong in ("toString", "valueOf == 1", "hasOwnProperty(c)"):
        browser.script("document.getElementById('query').value = arguments[0]; search()", wrong)
        expect(f"search: `{wrong}` is refused", browser.script(
            "return document.getElementById('query-error').textContent") != "")
    browser.open(tool.page(scenario))
    browser.script("document.getElementById('query').value = 'in == 2'; search()")
    browser.click("#next-result")
    equal("search: Next goes to a state that was found", browser.script("return textIn(rows[here()], columnNamed.get('in'))"), "2")
    # Whatever the banner says is broken, the word that the page offers finds.
    for broken in ("notes/two_producers.scn", "synchronization/philosophers_bug.scn", "critical_section/peterson_bug.scn"):
        browser.open(tool.page(ROOT / "scenarios" / broken))
        words = browser.script("return [...document.querySelectorAll('#words button')].map((b) => b.textContent)")
        expect(f"search: {broken}: the words with their counts", any(word.startswith("violation ") for word in words), words)
        expect(f"search: {broken}: violation finds something", count("violation") > 0)
        browser.script("[...document.querySelectorAll('#words button')].find((b) => b.textContent.startsWith('violation')).click()")
        equal(f"search: {broken}: the button finds as many as it says", browser.script("return results.length"),
              next(int(word.split()[1].replace(",", "")) for word in words if word.startswith("violation ")))
        at_end = browser.script("search(); visitResult(counterexample.nodes.at(-1)); return here() === counterexample.nodes.at(-1) && isCounterexample()")
        equal(f"search: {broken}: its end is shown in the counterexample", at_end, True)
    browser.open(tool.page(ROOT / "scenarios/notes/two_producers.scn"))
    equal("search: what the last step left is known", count("violation && !deadlock && out == 1 && !(out == 2)"), 1)
    equal("search: nothing on the console", browser.log(), [])


def test_calls(browser, tool):
    """In functions the page lights up the line of the step and those of the calls."""
    scenario = tool.folder / "calls.scn"
    scenario.write_text("""shared int full = 1, mutex = 0;
void lock(int *m) {
    while (*m != 0)
        ;
    *m = 1;
}
void down(int *s) {
    lock(&mutex);
    *s = *s - 1;
}
process p { down(&full); assert(full == 7); }
""" + "\n" * 40 + "process q { down(&full); }\n")
    browser.open(tool.page(scenario, name="calls.html"), "#step=0")
    browser.click("#choices button", 0)
    lines = "return [...document.querySelectorAll(arguments[0])].map((e) => Number(e.closest('tr').querySelector('.number').textContent))"
    equal("calls: the step", browser.script(lines, "#source tr.moved td.number"), [3])
    equal("calls: the calls", browser.script(lines, "#source tr.moved-call td.number"), [8, 11])
    equal("calls: they are in sight", browser.script("""
        const box = document.getElementById('source').getBoundingClientRect();
        return [...document.querySelectorAll('#source :is(tr.moved, tr.moved-call) td.text')].map((e) => e.getBoundingClientRect())
            .every((r) => r.top >= box.top - 1 && r.bottom <= box.bottom + 1);"""), True)
    expect("calls: in words", "p, line 11 > 8 > 3: down(&full): reads mutex = 0" in browser.script(STATE)["where"], browser.script(STATE)["where"])
    equal("calls: where they stand", browser.script("return [...document.querySelectorAll('#processes li')].map((e) => e.textContent)"),
          ["p before line 11 down(&full)line 8 lock(&mutex)line 5 *m = 1;",
           "q before line 52 down(&full)line 8 lock(&mutex)line 3 while (*m != 0)"])
    browser.script("document.getElementById('query').value = 'at(p, 5) && at(q, 52) && line(p) == 11'; search()")
    equal("calls: search by a line in a function", browser.script("return results.includes(here())"), True)
    equal("calls: nothing on the console", browser.log(), [])


def test_steadiness(browser, tool):
    """What is drawn stays in its place from step to step, also where the positions meet."""
    browser.open(tool.page(ROOT / "scenarios/notes/two_producers.scn"))
    places = """return [...document.querySelectorAll('#memory td, #memory .value, #processes, #choices-title')].map((e) => {
        const box = e.getBoundingClientRect(); return [box.left, box.top, box.width].map(Math.round).join(); }).join(" ")"""
    seen = set()
    for step in range(browser.script("return run.nodes.length")):
        browser.script("moveTo(arguments[0]); scrollTo(0, 0)", step)
        seen.add(browser.script(places))
    equal("steady: cells and headings do not move", len(seen), 1)
    equal("no backquotes in words", browser.script("""
        return ['verdict', 'now', 'run', 'search', 'graph'].filter((id) => document.getElementById(id).textContent.includes('`'))"""), [])
    browser.click("#verdict-why a")
    expect("steps in words are links there", browser.script(STATE)["step"] > 0)


def test_verdict(browser, tool):
    """What holds is said, and all that breaks in the graph, each with the nearest state."""
    verdict = "return [document.getElementById('verdict').className, document.getElementById('verdict-title').textContent, document.getElementById('verdict-message').textContent]"
    browser.open(tool.page(ROOT / "scenarios/notes/bounded_buffer.scn"))
    kind, title, message = browser.script(verdict)
    expect("verdict: what holds", kind == "holds" and title.startswith("Holds") and "fifo" in message, kind, title, message)
    equal("verdict: nothing breaks", browser.script("return document.getElementById('broken').textContent"), "")
    path = tool.folder / "missing.scn"
    path.write_text("shared int x = 0;\nprocess p { x = 1; }\nreachable two: x == 2;\n")
    browser.open(tool.page(path, name="missing.html"))
    equal("verdict: what is never reached", browser.script(verdict), ["", "Broken: reachable two", "x == 2 is not true in any reachable state"])
    browser.open(tool.page(ROOT / "scenarios/notes/two_producers.scn"))
    offered = browser.script("return [...document.querySelectorAll('#broken button')].map((b) => b.textContent)")
    expect("verdict: all that breaks", len(offered) > 1 and offered[0].startswith("property fifo: first after 16 steps"), offered)
    for k, text in enumerate(offered):
        browser.click("#broken button", k)
        flags = browser.script(STATE)["flags"]
        expect(f"verdict: {text}: goes there", any(flag.startswith(text.split(": first")[0]) for flag in flags), flags)
    equal("verdict: nothing on the console", browser.log(), [])


def test_print(browser, tool):
    """On paper nothing is cut, and nothing scrolls."""
    for name in ("notes/two_producers.scn", "notes/bounded_buffer.scn", "critical_section/peterson_bug.scn"):
        browser.open(tool.page(ROOT / "scenarios" / name))
        browser.print_at(700)
        cut = browser.script("""
            return [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('svg, .skip, .who') && getComputedStyle(e).overflowX !== 'visible'
                && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1) && e.clientWidth > 0).map((e) => `${e.tagName}#${e.id}.${e.className}`);""")
        equal(f"print: {name}: nothing scrolls", cut, [])
        equal(f"print: {name}: nothing is wider than the paper", browser.script("""
            return [...document.querySelectorAll('#source td, #steps li *, #memory figure, #drawing > svg')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1)
                .map((e) => e.textContent.slice(0, 30));"""), [])
        equal(f"print: {name}: the whole source", browser.script(
            "return document.getElementById('source').getBoundingClientRect().height >= document.querySelector('#source table').getBoundingClientRect().height"), True)
        browser.print_at(None)


def test_address(browser, tool):
    path = tool.page(ROOT / "scenarios/notes/two_producers.scn")
    browser.open(path, "#step=9")
    seen = browser.script(STATE)
    equal("address: a step", (seen["step"], seen["objects"]["buffer"][0]["text"]), (9, "A"))
    browser.open(path, "#state=112")
    equal("address: a state", browser.script("return here()"), 112)
    browser.click("#choices button", 0)
    after = browser.script("return here()")
    expect("address: it follows", after != 112 and browser.script("return location.hash") == f"#state={after}")
    browser.back()
    equal("address: the browser's Back", browser.script("return here()"), 112)
    browser.open(path, "#state=99999999")
    expect("address: one that is not there is said", "does not have" in browser.script(
        "return document.getElementById('where').textContent"))
    equal("address: nothing on the console", browser.log(), [])


def test_graph(browser, tool):
    browser.open(tool.page(ROOT / "scenarios/notes/bounded_buffer.scn"))
    equal("graph: a shape for every state", browser.script("return nodeShapes.size"), 152)
    browser.script("nodeShapes.get(40).dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    equal("graph: a click goes there", browser.script("return [here(), nodeShapes.get(40).classList.contains('current')]"), [40, True])
    path = tool.page(ROOT / "scenarios/synchronization/spsc.scn", "--define", "N=3", "--define", "P=3")
    browser.open(path)
    equal("starts: one may go to another", browser.script(
        "return [...document.querySelectorAll('#choices button.start')].map((b) => Number(b.dataset.to))"), [1])
    browser.script("document.querySelector('#choices button').focus()")
    browser.press("Enter")
    equal("focus: it stays among the choices", browser.script(
        "return document.getElementById('choices').contains(document.activeElement)"), True)
    browser.script("visit(0)")
    equal("clusters: all states are in one", browser.script(
        "return clusters.reduce((sum, {nodes}) => sum + nodes.length, 0)"), 928)
    before = browser.script("return document.querySelectorAll('.rows li').length")
    browser.click(".rows button", 3)
    expect("clusters: a click opens one", browser.script("return document.querySelectorAll('.rows li').length") > before)
    browser.click(".rows li.inner button", 0)
    equal("clusters: a click on a state goes there", browser.script(
        "return document.querySelector('.rows li.inner button').dataset.node == here()"), True)
    browser.script("document.getElementById('cluster-by').value = 'object:in';"
                   "document.getElementById('cluster-by').dispatchEvent(new Event('change'))")
    equal("clusters: by a variable", browser.script("return clusters.map(({name}) => name).sort()"),
          ["in = 0", "in = 1", "in = 2"])
    expect("clusters: a page of 928 states is small", path.stat().st_size < 1_000_000, path.stat().st_size)
    bug = ROOT / "scenarios/notes/two_producers.scn"
    equal("the page is the same by whatever explorer and threads", tool.page(bug, name="one.html").read_bytes(),
          tool.page(bug, "--threads", "3", "--explorer", "dfs", name="other.html").read_bytes())
    path = tool.page(ROOT / "scenarios/notes/bounded_buffer.scn", "--max-nodes", "30")
    browser.open(path)
    expect("cut: it is said", "122 more are left out" in browser.script("return document.getElementById('cut')?.textContent ?? ''"))
    browser.script("visit(shown - 1)")
    equal("cut: a way out is a button that says so", browser.script(
        "return [...document.querySelectorAll('#choices button')].filter((b) => b.disabled).every((b) => b.textContent.includes('not in this page'))"
        " && [...Array(shown).keys()].some((node) => stepsOf(node).some(({to}) => to < 0))"), True)
    equal("graph: nothing on the console", browser.log(), [])


CONTRAST = """
const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => { const f = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
const paper = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
const bad = [];
for (const element of document.querySelectorAll("body *")) {
  if (element.closest("svg, dialog, noscript, script, .future") || element.disabled || !element.checkVisibility()) continue;
  if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) continue;
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(paper(element))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) bad.push(`${element.tagName}.${element.className} ${element.textContent.slice(0, 20)}: ${ratio.toFixed(2)}`);
}
return bad.slice(0, 5);
"""


def test_looks(browser, tool, shots):
    pages = [("two_producers", ROOT / "scenarios/notes/two_producers.scn", ()),
             ("bounded_buffer", ROOT / "scenarios/notes/bounded_buffer.scn", ()),
             ("peterson", ROOT / "scenarios/critical_section/peterson.scn", ("--define", "N=2")),
             ("mpmc", ROOT / "scenarios/synchronization/mpmc.scn", ()),
             ("philosophers_bug", ROOT / "scenarios/synchronization/philosophers_bug.scn", ()),
             ("unbounded_buffer", ROOT / "scenarios/notes/unbounded_buffer.scn", ())]
    for name, scenario, options in pages:
        path = tool.page(scenario, *options, codes=(0, 20))
        browser.open(path)
        browser.script("moveTo(Math.ceil((run.nodes.length - 1) / 2))")
        if browser.script("return run.nodes.length") == 1:
            browser.script("for (let k = 0; k < 6; ++k) document.querySelector('#choices button:not(:disabled)')?.click()")
        for theme in ("light", "dark"):
            browser.script("setTheme(arguments[0])", theme)
            equal(f"{name}, {theme}: contrast of at least 4.5", browser.script(CONTRAST), [])
            for width, height in ((1400, 1000), (500, 900)):
                browser.resize(width, height)
                equal(f"{name}, {theme}, {width}: no scrolling sideways", browser.script(
                    "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"), True)
                if shots:
                    for place in ("title", "run", "graph"):
                        browser.script("document.getElementById(arguments[0]).scrollIntoView()", place)
                        browser.screenshot(shots / f"{name}-{theme}-{width}-{place}.png")
        # Narrower than a window can be: as a phone.
        for width in (375, 320):
            browser.be_phone(width, 800)
            equal(f"{name}, {width}: no scrolling sideways", browser.script(
                "return [innerWidth, document.documentElement.scrollWidth]"), [width, width])
            if shots:
                browser.script("document.getElementById('title').scrollIntoView()")
                browser.screenshot(shots / f"{name}-{width}.png")
        browser.be_phone(None, None)
    browser.resize(1400, 1000)
    browser.press("?")
    equal("help: `?` shows it", browser.script("return document.getElementById('help').open"), True)
    browser.press("Escape")
    equal("help: Escape closes it", browser.script("return document.getElementById('help').open"), False)
    equal("help: Tab comes to the skip link first", (browser.script("document.activeElement.blur(); window.focus()"),
          browser.press("Tab"), browser.script("return document.activeElement.matches('a, button')"))[2], True)
    equal("names for screen readers", browser.script(
        "return [...document.querySelectorAll('button, input, select, [role=region], section')].filter((e) => e.checkVisibility()"
        " && !(e.textContent.trim() || e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby'))).map((e) => e.id)"), [])


def test_hostile(browser, tool):
    """Names and strings that would be markup or script, if they were taken for it."""
    evil = "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>"
    folder = tool.folder / "<img src=x onerror=window.pwned=1>"
    folder.mkdir()
    scenario = folder / "\" onload=window.pwned=1 '{{data}}&amp;.scn"
    scenario.write_text(f"""// <!-- <script> {evil}
shared char c = '<', d = '"', e = '&', f = '\\'';
shared int x = 0;
process p {{ /* {evil} */
  c = '>'; d = '<'; e = '\\\\'; f = '"';
  x = 1 < 2 && 3 > 2;
  assert (x == 2);  // {evil}
}}
schedule "{evil.replace(chr(34), '')}" {{ run p until x == 1; }}
""")
    path = tool.page(scenario)
    text = path.read_text()
    equal("hostile: the page has its two scripts and no more", text.count("<script"), 2)
    browser.open(path)
    equal("hostile: no script ran", browser.script("return window.pwned ?? null"), None)
    expect("hostile: no dialog", not browser.has_dialog())
    equal("hostile: the title is text", browser.script("return [document.title, document.getElementById('title').textContent]"),
          [str(scenario)] * 2)
    equal("hostile: the source is shown as it is", browser.script(
        "return [...document.querySelectorAll('#source .code-text')].map((e) => e.textContent).join('\\n')").replace("\n \n", "\n\n").strip(),
        scenario.read_text().strip())
    browser.press("End")
    seen = browser.script(STATE)
    expect("hostile: it works", any("assertion" in flag for flag in seen["flags"]), seen["flags"])
    equal("hostile: cells are text", [seen["objects"][name]["text"] for name in "cdef"], [">", "<", "'\\\\'", '"'])
    equal("hostile: no elements but the page's", browser.script(
        "return document.querySelectorAll('img, iframe, object, embed, form:not([method=dialog], #search-form)').length"), 0)
    equal("hostile: no script ran", browser.script("return window.pwned ?? null"), None)
    # What the SVG could carry is taken out, and would not run.
    equal("hostile: pictures are cleaned", browser.script("""
        const svg = adoptSvg("<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' onload='window.pwned=1'>" +
          "<script>window.pwned=1</script><a xlink:href='javascript:window.pwned=1'><g onclick='window.pwned=1' id='s0'/></a>" +
          "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><img src='x' onerror='window.pwned=1'/></body></foreignObject></svg>");
        document.body.append(svg);
        return [svg.outerHTML.includes("script"), svg.outerHTML.includes("pwned"), svg.querySelector("foreignObject"), window.pwned ?? null];"""),
        [False, False, None, None])
    equal("hostile: a script that got in would be refused", browser.script("""
        const script = document.createElement("div");
        script.innerHTML = "<img src=x onerror='window.pwned=1'>";
        document.body.append(script);
        return new Promise((done) => setTimeout(() => done(window.pwned ?? null), 300));"""), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", 1)[0])
    parser.add_argument("binary", type=pathlib.Path)
    parser.add_argument("--shots", type=pathlib.Path, help="a folder for screenshots")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="interleave-page-") as folder, Browser() as browser:
        tool = Tool(arguments.binary.resolve(), pathlib.Path(folder))
        for scenario in ("notes/two_producers.scn", "notes/no_full_test.scn", "synchronization/philosophers_bug.scn",
                         "critical_section/peterson_bug.scn", "synchronization/mpmc_bug.scn"):
            test_counterexample(browser, tool, ROOT / "scenarios" / scenario)
        test_exploring(browser, tool, ROOT / "scenarios/notes/bounded_buffer.scn")
        test_exploring(browser, tool, ROOT / "scenarios/notes/unbounded_buffer.scn")
        test_exploring(browser, tool, ROOT / "scenarios/synchronization/spsc.scn", "--define", "N=3", "--define", "P=3")
        test_search(browser, tool)
        test_verdict(browser, tool)
        test_calls(browser, tool)
        test_steadiness(browser, tool)
        test_print(browser, tool)
        test_address(browser, tool)
        test_graph(browser, tool)
        test_looks(browser, tool, arguments.shots)
        test_hostile(browser, tool)
    print(f"{len(failures)} failed" if failures else "all as it should be")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
