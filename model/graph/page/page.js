"use strict";
// The page: a state graph in columns (see PageData), and a run through it. Everything from the
// scenario reaches the document as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const INITIAL = 1, COMPLETE = 2, DEADLOCK = 4, VIOLATION = 8, CUT = 16;
const MOST_LANES = 400, MOST_RESULTS = 200, MOST_ROWS = 400, MOST_OPEN = 60;
const $ = (id) => document.getElementById(id);

// An element with text, classes and children.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== ""));
  return element;
}

const plural = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
const colourOf = (process) => `of${process % 8}`;
const nameOf = (process) => data.processes[process].name;

// --- The graph ---

const columns = data.columns.map(([name, texts]) => ({name, texts}));
const columnNamed = new Map(columns.map((column, number) => [column.name, number]));
const pointColumn = data.processes.map((process) => columnNamed.get(process.name + " stands at"));
const shown = data.shown;
const nodeCount = data.marks.length;
const isEnd = (node) => node >= shown;

// Rows are told from those of smaller states, so in this order each is known when it is needed.
const rows = [];
for (let node = 0; node < shown; ++node) {
  const [parent, ...changes] = data.rows[node][0];
  const row = parent < 0 ? [] : rows[parent].slice();
  for (let k = 0; k < changes.length; k += 2) row[changes[k]] = changes[k + 1];
  for (let column = 0; column < columns.length; ++column) row[column] ??= 0;
  rows.push(row);
}

// {to, action}; to is -1 where the target is not in this page.
function stepsOf(node) {
  if (isEnd(node)) return [];
  const flat = data.rows[node][1], steps = [];
  for (let k = 0; k < flat.length; k += 2) steps.push({from: node, to: flat[k], action: flat[k + 1]});
  return steps;
}
const actionOf = (number) => {
  const [process, text, line, statement, reads, writes] = data.actions[number];
  return {process, text, line, statement, reads, writes};
};

// The shortest way to each node: the step by which it is first reached.
const reachedBy = new Array(nodeCount).fill(null);
const sources = Array.from({length: nodeCount}, () => []);
for (let node = 0; node < shown; ++node) {
  for (const step of stepsOf(node)) {
    if (step.to < 0) continue;
    sources[step.to].push(step);
    const isNearer = data.marks[step.to][1] === data.marks[node][1] + 1;
    if (reachedBy[step.to] === null && isNearer) reachedBy[step.to] = step;
  }
}

// A run: nodes, and the actions between them.
function wayTo(node) {
  const nodes = [node], actions = [];
  for (let step = reachedBy[node]; step; step = reachedBy[step.from]) {
    nodes.unshift(step.from);
    actions.unshift(step.action);
  }
  return {nodes, actions};
}

// The texts of a node, by column. An end shows what the state before it showed; that of the
// counterexample what its last step left.
function rowAt(run, place) {
  const node = run.nodes[place];
  if (!isEnd(node)) return rows[node];
  if (run.lastRow && place === run.nodes.length - 1) return run.lastRow;
  return place > 0 ? rowAt(run, place - 1) : columns.map(() => 0);
}
function textIn(row, column) {
  const number = row[column] ?? 0;
  return columns[column].texts[number] ?? "";
}

// --- Expressions over a state ---

// A small part of C on BigInt, parsed to a function of a row and a node. Throws {message, at}.
function parseExpression(text) {
  const tokens = [];
  const pattern = /\s+|(?<number>0[xX][0-9a-fA-F]+|\d+)|(?<name>[A-Za-z_]\w*)|(?<char>'(?:\\.[0-9a-fA-F]*|[^'\\])')|(?<op>\|\||&&|==|!=|<=|>=|<<|>>|=>|[-+*\/%!~<>&|^()?:.,\[\]])/yu;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw {message: "this is not understood", at};
    const {number, name, char, op} = match.groups;
    if (number ?? name ?? char ?? op) tokens.push({number, name, char, op, at, text: match[0]});
  }
  tokens.push({at: text.length, text: "the end"});
  let place = 0, depth = 0;
  const peek = () => tokens[place];
  const accept = (op) => peek().op === op && ++place > 0;
  const fail = (message, token = peek()) => { throw {message, at: token.at}; };
  const expect = (op) => accept(op) || fail(`\`${op}\` is expected here`);
  const truth = (value) => value !== undefined && value !== 0n;
  const bool = (value) => (value ? 1n : 0n);
  // Unwritten and dead values are undefined: whatever is computed from them is, a comparison false.
  const known = (work) => (a, b) => (a === undefined || b === undefined ? undefined : work(a, b));
  const compare = (work) => (a, b) => bool(a !== undefined && b !== undefined && work(a, b));
  const small = (b) => (b >= 0n && b < 64n ? b : undefined);
  const binary = [
    {"||": null}, {"&&": null},
    {"|": known((a, b) => a | b)}, {"^": known((a, b) => a ^ b)}, {"&": known((a, b) => a & b)},
    {"==": compare((a, b) => a === b), "!=": compare((a, b) => a !== b)},
    {"<": compare((a, b) => a < b), ">": compare((a, b) => a > b),
     "<=": compare((a, b) => a <= b), ">=": compare((a, b) => a >= b)},
    {"<<": known((a, b) => small(b) === undefined ? undefined : a << b),
     ">>": known((a, b) => small(b) === undefined ? undefined : a >> b)},
    {"+": known((a, b) => a + b), "-": known((a, b) => a - b)},
    {"*": known((a, b) => a * b), "/": known((a, b) => (b === 0n ? undefined : a / b)),
     "%": known((a, b) => (b === 0n ? undefined : a % b))},
  ];
  function level(k) {
    if (k === binary.length) return unary();
    let left = level(k + 1);
    for (let op = peek().op; op in binary[k]; op = peek().op) {
      ++place;
      const a = left, b = level(k + 1), work = binary[k][op];
      if (op === "||") left = (s) => bool(truth(a(s)) || truth(b(s)));
      else if (op === "&&") left = (s) => bool(truth(a(s)) && truth(b(s)));
      else left = (s) => work(a(s), b(s));
    }
    return left;
  }
  function whole() {
    if (++depth > 100) fail("this is nested too deeply");
    let value = level(0);
    if (accept("?")) {
      const a = whole();
      expect(":");
      const b = whole(), condition = value;
      value = (s) => (truth(condition(s)) ? a(s) : b(s));
    } else if (accept("=>")) {
      const a = value, b = whole();
      value = (s) => bool(!truth(a(s)) || truth(b(s)));
    }
    --depth;
    return value;
  }
  function unary() {
    const token = peek();
    if (["!", "-", "+", "~"].includes(token.op)) {
      ++place;
      if (++depth > 100) fail("this is nested too deeply", token);
      const of = unary();
      --depth;
      const minus = (a) => (a === undefined ? undefined : token.op === "-" ? -a : token.op === "~" ? ~a : a);
      return token.op === "!" ? (s) => bool(!truth(of(s))) : (s) => minus(of(s));
    }
    if (accept("(")) {
      const value = whole();
      expect(")");
      return value;
    }
    if (token.number !== undefined) { ++place; const value = BigInt(token.number); return () => value; }
    if (token.char !== undefined) { ++place; const value = numberOf(token.char); return () => value; }
    if (token.name === undefined) fail(`a value is expected here, not ${token.text}`);
    ++place;
    return name(token);
  }
  function processNamed(token) {
    const first = peek();
    if (first.name === undefined) fail("the name of a process is expected here");
    ++place;
    let called = first.name;
    if (accept("[")) {
      if (peek().number === undefined) fail("a number is expected here");
      called += `[${BigInt(peek().number)}]`;
      ++place;
      expect("]");
    }
    expect(")");
    const process = data.processes.findIndex((one) => one.name === called);
    if (process < 0) fail(`there is no process \`${called}\``, first);
    return process;
  }
  // Words that are no names of the scenario.
  const marks = {initial: INITIAL, complete: COMPLETE, deadlock: DEADLOCK, violation: VIOLATION};
  function name(token) {
    const isDeclared = data.objects.some((object) => object.name === token.name);
    if (!isDeclared && ["done", "line"].includes(token.name) && accept("(")) {
      const process = processNamed(token);
      const point = (s) => s.row[pointColumn[process]];
      return token.name === "done" ? (s) => bool(point(s) === 0)
                                   : (s) => BigInt(data.processes[process].points[point(s)][0]);
    }
    if (!isDeclared && token.name === "items" && accept("(")) expect(")");
    if (token.name in data.constants) { const value = BigInt(data.constants[token.name]); return () => value; }
    if (token.name === "true" || token.name === "false") return () => bool(token.name === "true");
    if (!isDeclared && Object.hasOwn(marks, token.name) && !columnNamed.has(token.name)) {
      return (s) => bool((data.marks[s.node][0] & marks[token.name]) !== 0);
    }
    // `buffer[in + 1].value`: the name of a column, made from the values in brackets.
    const parts = [() => token.name];
    for (;;) {
      if (accept("[")) {
        const index = whole();
        expect("]");
        parts.push((s) => `[${index(s) ?? "?"}]`);
      } else if (accept(".")) {
        const member = peek();
        if (member.name === undefined) fail("the name of a member is expected here");
        ++place;
        parts.push(() => `.${member.name}`);
      } else {
        break;
      }
    }
    const isKnown = columns.some(({name: of}) => of === token.name || of.startsWith(token.name + "[") ||
                                                 of.startsWith(token.name + "."));
    if (!isKnown) fail(`there is no \`${token.name}\` here`, token);
    if (parts.length === 1 && !columnNamed.has(token.name)) fail(`which part of \`${token.name}\`?`, token);
    return (s) => {
      const column = columnNamed.get(parts.map((part) => part(s)).join(""));
      return column === undefined ? undefined : numberOf(textIn(s.row, column));
    };
  }
  const value = whole();
  if (peek().at < text.length) fail(`${peek().text} is not expected here`);
  return (node, row = rows[node]) => value({node, row});
}

// The value behind a text as a reader sees it; undefined: nobody wrote it, or it is dead.
function numberOf(text) {
  if (text === "" || text === "-") return undefined;
  if (/^-?\d+$/.test(text)) return BigInt(text);
  if (text === "true") return 1n;
  if (text === "false") return 0n;
  if (Object.hasOwn(data.constants, text)) return BigInt(data.constants[text]);
  const quoted = /^'(\\?)(.*)'$/su.exec(text);
  if (!quoted) return undefined;
  const [, escape, rest] = quoted;
  if (!escape) return BigInt(rest.codePointAt(0));
  const simple = {n: 10, t: 9, r: 13, a: 7, b: 8, v: 11, f: 12, "\\": 92, "'": 39, '"': 34};
  if (rest in simple) return BigInt(simple[rest]);
  const code = rest[0] === "x" ? parseInt(rest.slice(1), 16) : parseInt(rest, 8);
  return Number.isNaN(code) ? undefined : BigInt(code > 127 ? code - 256 : code);
}

// --- Where the reader is ---

const counterexample = data.run && {nodes: data.run.nodes, actions: data.run.actions, lastRow: data.run.last};
let run = counterexample ?? {nodes: [0], actions: []};
let place = 0;
let chosen = 0;  // of the choices
let undone = [], done = [];

const here = () => run.nodes[place];
const isCounterexample = () => run === counterexample;

function remember() {
  done.push({run, place});
  if (done.length > 500) done.shift();
  undone = [];
}
function go(newRun, newPlace) {
  if (newRun === run && newPlace === place) return;
  remember();
  run = newRun;
  place = newPlace;
  moved();
}
function moveTo(newPlace) {
  const to = Math.max(0, Math.min(newPlace, run.nodes.length - 1));
  if (to === place) return;
  place = to;
  moved();
}
function visit(node) {
  if (node === here()) return;
  const along = run.nodes.indexOf(node);
  if (along >= 0) go(run, along);
  else { const way = wayTo(node); go(way, way.nodes.length - 1); }
}
function take(step) {
  if (step.to < 0) return;
  const isNext = run.nodes[place + 1] === step.to && run.actions[place] === step.action;
  if (isNext) { go(run, place + 1); return; }
  const nodes = [...run.nodes.slice(0, place + 1), step.to];
  const actions = [...run.actions.slice(0, place), step.action];
  go({nodes, actions}, nodes.length - 1);
}
function undo() {
  const before = done.pop();
  if (!before) return;
  undone.push({run, place});
  ({run, place} = before);
  moved();
}
function redo() {
  const next = undone.pop();
  if (!next) return;
  done.push({run, place});
  ({run, place} = next);
  moved();
}

// The address names a step of the counterexample, or a state.
function address() { return isCounterexample() ? `#step=${place}` : `#state=${here()}`; }
function follow() {
  const match = /^#(step|state)=(\d+)$/.exec(location.hash);
  if (!match || location.hash === address()) return;
  const number = Number(match[2]);
  if (match[1] === "step" && counterexample && number < counterexample.nodes.length) {
    go(counterexample, number);
  } else if (match[1] === "state" && number < nodeCount) {
    const way = wayTo(number);
    go(way, way.nodes.length - 1);
  } else {
    $("where").textContent = `The address names a ${match[1]} that this page does not have.`;
  }
}

// --- Drawing ---

function moved() {
  chosen = 0;
  drawState();
  drawChoices();
  drawRun();
  drawSource();
  markGraph();
  drawNeighbours();
  if (location.hash !== address()) history[location.hash ? "pushState" : "replaceState"](null, "", address());
}

function drawState() {
  const node = here(), [marks, depth, broken] = data.marks[node];
  const words = [run.nodes.length > 1 ? `Step ${place} of ${run.nodes.length - 1}` : "The start",
                 isEnd(node) ? "the run ends broken" : `state ${node}`, `${plural(depth, "step", "steps")} from the start`];
  let said = words.join(", ") + ".";
  if (place > 0) {
    const action = actionOf(run.actions[place - 1]);
    said += ` ${nameOf(action.process)}, line ${action.line}: ${action.text}.`;
  }
  $("where").textContent = said;
  const flag = (kind, text) => make("span", {class: `flag ${kind}`}, text);
  $("flags").replaceChildren(...[
    marks & INITIAL && flag("start", "initial state"),
    marks & COMPLETE && flag("good", "the run is complete"),
    marks & CUT && flag("", "not explored further: a limit was met"),
    ...broken.map((k) => flag("bad", data.broken[k][0] + (data.broken[k][1] ? `: ${data.broken[k][1]}` : ""))),
  ].filter(Boolean));
  const row = rowAt(run, place), before = place > 0 ? rowAt(run, place - 1) : row;
  $("memory").replaceChildren(...data.objects.map((object) => drawObject(object, row, before)));
  $("processes").replaceChildren(...data.processes.map((process, p) => {
    const point = row[pointColumn[p]], [line, statement] = process.points[point];
    const locals = [];
    columns.forEach((column, c) => {
      if (!column.name.startsWith(process.name + ".")) return;
      const text = textIn(row, c);
      if (text !== "") locals.push(`${column.name.slice(process.name.length + 1)} = ${text}`);
    });
    const isMoved = place > 0 && actionOf(run.actions[place - 1]).process === p;
    return make("li", {class: colourOf(p), "aria-label": isMoved ? `${process.name}, which moved last` : undefined},
      make("span", {class: "who"}, process.name), point === 0 ? " is done" : ` before line ${line} `,
      point === 0 ? "" : make("code", {}, statement),
      locals.length ? make("div", {class: "code faint"}, locals.join(", ")) : "");
  }));
  $("undo").disabled = done.length === 0;
  $("redo").disabled = undone.length === 0;
  $("show-run").hidden = !counterexample || isCounterexample();
}

// What the run so far did to the ring's cells: written, and read since.
function ringHistory() {
  const ring = data.objects.find((object) => object.name === data.ring.object);
  const written = new Set(), read = new Set();
  for (let k = 0; k < place; ++k) {
    const {reads, writes} = actionOf(run.actions[k]);
    for (const column of reads) if (ring.columns.includes(column)) read.add(column);
    for (const column of writes) {
      if (!ring.columns.includes(column)) continue;
      written.add(column);
      read.delete(column);
    }
  }
  return {written, read};
}

function ringCells(object, row) {
  const {written, read} = ringHistory(), stride = data.ring.stride, count = object.columns.length / stride;
  const index = (text) => {
    try { const value = parseExpression(text)(here(), row); return value === undefined ? -1 : Number(value); }
    catch { return -1; }
  };
  const out = index(data.ring.out), into = index(data.ring.in);
  const live = new Array(count).fill(false);
  if (out >= 0 && into >= 0) {
    for (let k = out % count; k !== into % count; k = (k + 1) % count) live[k] = true;
  }
  const cells = [];
  for (let k = 0; k < count; ++k) {
    const own = object.columns.slice(k * stride, (k + 1) * stride);
    const texts = own.map((column) => textIn(row, column));
    const isWritten = own.some((column) => written.has(column)), isRead = own.every((column) => read.has(column));
    const never = texts.every((text) => text === "-"), zero = texts.every((text) => numberOf(text) === 0n);
    const state = never || (!isWritten && zero && !live[k]) ? "unwritten" : isRead && !live[k] ? "taken" : "live";
    cells.push({text: texts.map(bare).join(","), state});
  }
  return {cells, out, into};
}

const bare = (text) => (/^'.'$/su.test(text) ? text.slice(1, -1) : text);

function drawObject(object, row, before) {
  const isChanged = (column) => textIn(row, column) !== textIn(before, column);
  const figure = make("figure", {class: "object" + (object.ghost ? " ghost" : ""), "data-object": object.name},
                      make("figcaption", {class: "name"}, object.name + (object.ghost ? " (ghost)" : "")));
  if (object.kind === "array") {
    const isRing = data.ring?.object === object.name;
    const ring = isRing ? ringCells(object, row) : null, stride = isRing ? data.ring.stride : 1;
    const cells = ring ? ring.cells : object.columns.map((column) => {
      const text = textIn(row, column);
      return {text: bare(text), state: text === "-" ? "unwritten" : "plain"};
    });
    const said = {unwritten: "nobody has written here yet", taken: "taken", live: "holds an item", plain: ""};
    const body = make("tbody");
    body.append(make("tr", {}, ...cells.map((_, k) => {
      const column = columns[object.columns[k * stride]].name;
      return make("th", {scope: "col"}, column.slice(object.name.length).replace(/^\[|\]$/g, ""));
    })));
    body.append(make("tr", {}, ...cells.map(({text, state}, k) => {
      const own = object.columns.slice(k * stride, (k + 1) * stride);
      return make("td", {class: `cell ${state}` + (own.some(isChanged) ? " changed" : ""), title: said[state] || undefined},
                  state === "unwritten" ? "-" : state === "taken" ? `(${text})` : text);
    })));
    if (ring) {
      const at = (k) => [ring.out === k ? `\u2191 ${data.ring.out}` : "", ring.into === k ? `\u2191 ${data.ring.in}` : ""].filter(Boolean).join(" ");
      body.append(make("tr", {}, ...cells.map((_, k) => make("td", {class: "pointer"}, at(k)))));
    }
    figure.append(make("table", {class: "cells"}, body));
  } else {
    const text = object.columns.map((column) => textIn(row, column)).join("  ");
    figure.append(make("span", {class: "value"}, object.kind === "queue" ? text : bare(text)));
    if (object.columns.some(isChanged)) figure.classList.add("changed");
  }
  return figure;
}

function drawChoices() {
  const node = here(), steps = stepsOf(node), list = [];
  steps.forEach((step, k) => {
    const action = actionOf(step.action);
    const same = steps.filter((other) => other.action === step.action);
    const which = same.length > 1 ? ` (outcome ${same.indexOf(step) + 1})` : "";
    list.push(make("button", {type: "button", class: colourOf(action.process), "data-to": step.to, disabled: step.to < 0 ? "" : undefined,
                              "aria-current": k === chosen ? "true" : undefined, onclick: () => take(step)},
      make("span", {class: "who"}, nameOf(action.process)), `  line ${action.line}: `, make("code", {}, action.text), which,
      step.to < 0 ? " - leads to a state that is not in this page" : isEnd(step.to) ? " - breaks something" : ""));
  });
  if (!isEnd(node)) {
    data.processes.forEach((process, p) => {
      if (steps.some((step) => actionOf(step.action).process === p)) return;
      const [line] = process.points[rows[node][pointColumn[p]]];
      const why = line === 0 ? "is done" : data.marks[node][0] & CUT ? `stands before line ${line}; not explored further` : `is blocked at line ${line}`;
      list.push(make("p", {class: `faint ${colourOf(p)}`}, make("span", {class: "who"}, process.name), ` ${why}`));
    });
  } else {
    list.push(make("p", {}, "Nothing: the run is over."));
  }
  $("choices").replaceChildren(...list);
}
function choose(by) {
  const buttons = [...$("choices").querySelectorAll("button")];
  if (buttons.length === 0) return;
  chosen = (chosen + by + buttons.length) % buttons.length;
  buttons.forEach((button, k) => button.toggleAttribute("aria-current", k === chosen));
  buttons[chosen].setAttribute("aria-current", "true");
  buttons[chosen].scrollIntoView({block: "nearest"});
}

function drawRun() {
  const steps = run.nodes.length - 1;
  $("run-title").textContent = isCounterexample() ? "Run: the counterexample" : "Run: your own";
  const slider = $("slider");
  slider.max = steps;
  slider.value = place;
  slider.disabled = steps === 0;
  slider.setAttribute("aria-valuetext", `step ${place} of ${steps}`);
  $("first").disabled = $("back").disabled = place === 0;
  $("last").disabled = $("forward").disabled = place === steps;
  // Of a long run what is around here.
  const begin = Math.max(0, Math.min(place - MOST_LANES / 2, steps - MOST_LANES));
  const end = Math.min(steps, begin + MOST_LANES);
  const lanes = data.processes.map((process, p) =>
    make("div", {class: `lane ${colourOf(p)}`}, make("span", {class: "who", title: process.name}, process.name)));
  const list = [stepItem(0, "the start", [])];
  for (let k = begin; k < end; ++k) {
    const action = actionOf(run.actions[k]), number = k + 1;
    lanes.forEach((lane, p) => {
      if (p !== action.process) { lane.append(make("span", {class: "gap"})); return; }
      lane.append(make("button", {
        type: "button", tabindex: -1, title: `step ${number}: ${nameOf(p)}: ${action.text}`,
        "aria-label": `step ${number}: ${nameOf(p)}: ${action.text}`, "data-step": number,
        class: (action.writes.length ? "writes" : "") + (number > place ? " future" : ""),
        "aria-current": number === place ? "step" : undefined, onclick: () => go(run, number)}, String(number)));
    });
    const remarks = isCounterexample() ? data.run.remarks.filter(([step]) => step === number).map(([, text]) => text) : [];
    list.push(stepItem(number, action, remarks));
  }
  $("lanes").replaceChildren(...lanes);
  $("steps").replaceChildren(...list);
  // Within their boxes only: the page itself stays where the reader put it.
  const lanesBox = $("lanes"), button = lanesBox.querySelector("[aria-current]");
  if (button) lanesBox.scrollLeft = button.offsetLeft - lanesBox.clientWidth / 2;
  else lanesBox.scrollLeft = 0;
  const stepsBox = $("steps"), item = stepsBox.querySelector("[aria-current]");
  if (item) stepsBox.scrollTop = item.offsetTop - stepsBox.offsetTop - stepsBox.clientHeight / 2;
}
function stepItem(number, action, remarks) {
  const attributes = {"aria-current": number === place ? "step" : undefined, class: typeof action === "string" ? "" : colourOf(action.process)};
  const words = typeof action === "string" ? [action] : [make("span", {class: "who"}, nameOf(action.process)), `  ${action.text}`];
  return make("li", attributes, make("button", {type: "button", tabindex: -1, onclick: () => go(run, number)}, `${number}  `, ...words),
              ...remarks.map((text) => make("span", {class: "remark"}, text)));
}

const sourceRows = [];
function makeSource() {
  const body = make("tbody");
  data.source.replace(/\n$/, "").split("\n").forEach((text, k) => {
    const chips = make("span", {class: "chips"});
    const tr = make("tr", {id: `line-${k + 1}`}, make("td", {class: "number"}, String(k + 1)),
                    make("td", {class: "text"}, make("span", {class: "code-text"}, text || " "), chips));
    sourceRows.push({tr, chips});
    body.append(tr);
  });
  $("source").replaceChildren(make("table", {"aria-label": "Source of the scenario; marks tell before which line each process stands"}, body));
}
function drawSource() {
  for (const {tr, chips} of sourceRows) { tr.className = ""; chips.replaceChildren(); }
  const row = rowAt(run, place);
  let first = null;
  data.processes.forEach((process, p) => {
    const [line] = process.points[row[pointColumn[p]]];
    if (line === 0 || !sourceRows[line - 1]) return;
    const {tr, chips} = sourceRows[line - 1];
    tr.classList.add("here");
    chips.append(make("span", {class: `chip ${colourOf(p)}`}, process.name));
    first ??= tr;
  });
  if (place > 0) {
    const moved = sourceRows[actionOf(run.actions[place - 1]).line - 1];
    if (moved) { moved.tr.classList.add("moved"); first = moved.tr; }
  }
  const box = $("source");
  if (first) box.scrollTop = first.offsetTop - box.clientHeight / 2;
}

// --- The graph as a picture ---

const svgNamespace = "http://www.w3.org/2000/svg";
let nodeShapes = new Map();  // by node: its element in the picture
let edgeShapes = new Map();

// What Graphviz drew, as XML, without anything that could act.
function adoptSvg(text) {
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = parsed.documentElement;
  if (svg.nodeName !== "svg" || parsed.querySelector("parsererror")) return null;
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    if (/^(script|foreignobject|style|use|image|animate|set)/i.test(element.localName)) { element.remove(); continue; }
    for (const {name} of [...element.attributes]) {
      if (/^on/i.test(name) || /href$/i.test(name) || name === "style") element.removeAttribute(name);
    }
  }
  return document.importNode(svg, true);
}

let scale = 1;
function zoom(by) {
  scale = Math.max(0.1, Math.min(4, by === 0 ? 1 : scale * by));
  const svg = $("drawing").querySelector("svg");
  if (svg?.dataset.width) {
    svg.setAttribute("width", svg.dataset.width * scale);
    svg.setAttribute("height", svg.dataset.height * scale);
  }
}

function makeGraph() {
  const svg = data.svg ? adoptSvg(data.svg) : null;
  if (!svg) { makeClusters(); return; }
  svg.dataset.width = parseFloat(svg.getAttribute("width"));
  svg.dataset.height = parseFloat(svg.getAttribute("height"));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `State graph of ${data.title}; its text stands under "Neighbours of this state"`);
  $("drawing").replaceChildren(svg);
  for (const group of svg.querySelectorAll("g.node")) {
    const node = Number(/^s(\d+)$/.exec(group.id)?.[1] ?? NaN);
    if (Number.isNaN(node)) continue;
    nodeShapes.set(node, group);
    group.addEventListener("click", () => visit(node));
  }
  for (const group of svg.querySelectorAll("g.edge")) edgeShapes.set(group.id, group);
  const button = (text, label, work) => make("button", {type: "button", "aria-label": label, onclick: work}, text);
  $("graph-tools").replaceChildren(button("+", "Larger", () => zoom(1.25)), button("\u2212", "Smaller", () => zoom(0.8)),
                                   button("1:1", "Natural size", () => zoom(0)),
                                   button("Where am I?", "Scroll to this state", () => nodeShapes.get(here())?.scrollIntoView({block: "center", inline: "center"})));
  $("graph-note").textContent = "A click on a state goes there. Ranks are distances from the start.";
}

function markGraph() {
  if (clusters) { drawClusters(); return; }
  const path = new Set(run.nodes), edges = new Set(run.nodes.slice(1).map((to, k) => `e${run.nodes[k]}-${to}`));
  const near = new Set([...stepsOf(here()).map((step) => step.to), ...sources[here()].map((step) => step.from)]);
  for (const [node, group] of nodeShapes) {
    group.classList.toggle("current", node === here());
    group.classList.toggle("passed", path.has(node) && node !== here());
    group.classList.toggle("near", near.has(node) && !path.has(node));
  }
  for (const [id, group] of edgeShapes) group.classList.toggle("passed", edges.has(id));
  const box = $("drawing"), group = nodeShapes.get(here());
  if (!group) return;
  const outer = box.getBoundingClientRect(), inner = group.getBoundingClientRect();
  box.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  box.scrollTop += inner.top + inner.height / 2 - outer.top - outer.height / 2;
}

// Large graphs: a row a cluster, which opens to its states; arcs are the steps between rows.
let clusters = null;
function makeClusters() {
  $("drawing").classList.add("clusters");
  const ways = [["depth", "distance from the start"], ["marks", "how runs end"]];
  for (const object of data.objects) {
    if (object.columns.length <= 8) ways.push([`object:${object.name}`, object.name]);
  }
  data.processes.forEach((process, p) => ways.push([`process:${p}`, `where ${process.name} stands`]));
  const select = make("select", {id: "cluster-by", onchange: () => { cluster(select.value); drawClusters(); }},
                      ...ways.map(([value, text]) => make("option", {value}, text)));
  $("graph-tools").replaceChildren(make("label", {for: "cluster-by"}, "States together by"), select);
  $("graph-note").textContent = "A click on a cluster opens it, one on a state goes there. Arcs are steps: to the right of the rows, thicker for more.";
  cluster("depth");
}
function cluster(way) {
  const [kind, ...rest] = way.split(":"), which = rest.join(":");
  const nameIn = (node) => {
    const [marks, depth, broken] = data.marks[node];
    if (kind === "depth") return `${plural(depth, "step", "steps")} from the start`;
    if (isEnd(node)) return data.broken[broken[0]][0];
    if (kind === "marks") return marks & VIOLATION ? "violation" : marks & DEADLOCK ? "deadlock" : marks & COMPLETE ? "complete" : marks & CUT ? "not explored further" : "goes on";
    if (kind === "process") {
      const [line] = data.processes[which].points[rows[node][pointColumn[which]]];
      return line === 0 ? "done" : `before line ${line}`;
    }
    const object = data.objects.find((one) => one.name === which);
    return `${which} = ${object.columns.map((column) => textIn(rows[node], column)).join(" ")}`;
  };
  const byName = new Map();
  for (let node = 0; node < nodeCount; ++node) {
    const name = nameIn(node);
    if (!byName.has(name)) byName.set(name, []);
    byName.get(name).push(node);
  }
  clusters = [...byName].map(([name, nodes]) => ({name, nodes, isOpen: false}));
}
function drawClusters() {
  const list = [], rowOf = new Array(nodeCount).fill(-1);
  const path = new Set(run.nodes);
  for (const one of clusters) {
    if (list.length >= MOST_ROWS) { for (const node of one.nodes) rowOf[node] = list.length - 1; continue; }
    const isLast = list.length === MOST_ROWS - 1;
    const attributes = {type: "button", "aria-expanded": String(one.isOpen), class: (one.nodes.includes(here()) ? "current" : one.nodes.some((n) => path.has(n)) ? "passed" : "")};
    attributes.onclick = () => { one.isOpen = !one.isOpen; drawClusters(); };
    for (const node of one.nodes) rowOf[node] = list.length;
    list.push(make("li", {}, make("button", attributes, `${one.isOpen ? "\u25be" : "\u25b8"} ${one.name}: ${plural(one.nodes.length, "state", "states")}${isLast ? " (more clusters are not shown)" : ""}`)));
    if (!one.isOpen) continue;
    one.nodes.slice(0, MOST_OPEN).forEach((node) => {
      rowOf[node] = list.length;
      list.push(make("li", {class: "inner"}, make("button", {type: "button", "data-node": node, class: node === here() ? "current" : path.has(node) ? "passed" : "", onclick: () => visit(node)}, summaryOf(node))));
    });
    if (one.nodes.length > MOST_OPEN) {
      for (const node of one.nodes.slice(MOST_OPEN)) rowOf[node] = list.length;
      list.push(make("li", {class: "inner"}, make("button", {type: "button", disabled: ""}, `... ${plural(one.nodes.length - MOST_OPEN, "more state", "more states")}: search finds them`)));
    }
  }
  const counts = new Map(), height = 34;
  for (let node = 0; node < shown; ++node) {
    for (const {to} of stepsOf(node)) {
      if (to < 0 || rowOf[to] === rowOf[node]) continue;
      const key = `${rowOf[node]},${rowOf[to]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const passed = new Set(run.nodes.slice(1).map((to, k) => `${rowOf[run.nodes[k]]},${rowOf[to]}`));
  const svg = document.createElementNS(svgNamespace, "svg"), width = 180;
  svg.setAttribute("width", width);
  svg.setAttribute("height", list.length * height);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "Arcs: steps between the rows");
  for (const [key, count] of counts) {
    const [from, to] = key.split(",").map(Number);
    const y = from * height + height / 2, z = to * height + height / 2;
    const reach = Math.min(width - 8, 14 + 12 * Math.sqrt(Math.abs(to - from)));
    const arc = document.createElementNS(svgNamespace, "path");
    arc.setAttribute("d", `M 0 ${y} C ${reach} ${y}, ${reach} ${z}, 4 ${z} l 5 -4 m -5 4 l 6 3`);
    arc.setAttribute("stroke-width", String(1 + Math.log10(count)));
    if (to < from) arc.setAttribute("stroke-dasharray", "4 3");
    arc.setAttribute("class", passed.has(key) ? "arc passed" : "arc");
    const title = document.createElementNS(svgNamespace, "title");
    title.textContent = plural(count, "step", "steps");
    arc.append(title);
    svg.append(arc);
  }
  const box = $("drawing"), scroll = box.scrollTop;
  box.replaceChildren(make("ul", {class: "rows"}, ...list), svg);
  box.scrollTop = scroll;
}

// A state in one line.
function summaryOf(node) {
  if (isEnd(node)) return data.marks[node][2].map((k) => data.broken[k][0]).join(", ");
  const parts = data.objects.map((object) => {
    const text = object.columns.map((column) => bare(textIn(rows[node], column))).join(" ");
    return `${object.name} ${object.kind === "array" ? `[${text}]` : text}`;
  });
  const at = data.processes.map((process, p) => {
    const [line] = process.points[rows[node][pointColumn[p]]];
    return `${process.name} ${line === 0 ? "done" : line}`;
  });
  return `${node}:  ${parts.join("  ")} | ${at.join("  ")}`;
}

function drawNeighbours() {
  const list = (title, steps, other) => {
    const items = steps.slice(0, 50).map((step) => {
      const action = actionOf(step.action), node = step[other];
      const text = node < 0 ? "a state that is not in this page" : summaryOf(node);
      return make("li", {}, `${nameOf(action.process)}: ${action.text} `, node < 0 ? text : make("a", {href: `#state=${node}`}, text));
    });
    if (steps.length > 50) items.push(make("li", {}, `... and ${steps.length - 50} more`));
    return make("div", {}, make("p", {}, `${title}: ${plural(steps.length, "step", "steps")}`), make("ul", {}, ...items));
  };
  $("neighbours").replaceChildren(list("From here", stepsOf(here()), "to"), list("To here", sources[here()], "from"));
}

// --- Search ---

let results = [], resultAt = -1;
function search() {
  const text = $("query").value;
  results = [];
  resultAt = -1;
  $("query-error").textContent = "";
  $("results").replaceChildren();
  $("result-count").textContent = "";
  if (text.trim() === "") { $("next-result").disabled = true; return; }
  try {
    const value = parseExpression(text);
    for (let node = 0; node < shown; ++node) {
      const found = value(node);
      if (found !== undefined && found !== 0n) results.push(node);
    }
  } catch (error) {
    if (error.at === undefined) throw error;
    $("query-error").textContent = `${text}\n${" ".repeat(error.at)}^ ${error.message}`;
    $("next-result").disabled = true;
    return;
  }
  $("result-count").textContent = `${plural(results.length, "state", "states")} of ${plural(shown, "", "").trim()}` + (shown < data.states ? " in this page" : "");
  $("results").replaceChildren(...results.slice(0, MOST_RESULTS).map((node, k) =>
    make("li", {}, make("button", {type: "button", class: "code", onclick: () => { resultAt = k; visit(node); }}, summaryOf(node)))));
  if (results.length > MOST_RESULTS) $("results").append(make("li", {}, `... ${plural(results.length - MOST_RESULTS, "more", "more")}: Next goes there`));
  $("next-result").disabled = results.length === 0;
}
function nextResult() {
  if (results.length === 0) return;
  resultAt = (resultAt + 1) % results.length;
  visit(results[resultAt]);
}

// --- The rest ---

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "Light" : "Dark";
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  const target = event.target, isTyping = target.matches("input[type='text'], select");
  if (event.key === "Escape" && isTyping) { target.blur(); return; }
  if (isTyping) return;
  const onSlider = target.matches("input[type='range']"), onButton = target.matches("button, a");
  const inGraph = $("drawing").contains(target) || $("source").contains(target);
  const keys = {
    ArrowLeft: () => onSlider || moveTo(place - 1), ArrowRight: () => onSlider || moveTo(place + 1),
    Home: () => onSlider || moveTo(0), End: () => onSlider || moveTo(run.nodes.length - 1),
    ArrowUp: () => onSlider || inGraph || choose(-1), ArrowDown: () => onSlider || inGraph || choose(1),
    Enter: () => onButton || $("choices").querySelectorAll("button")[chosen]?.click(),
    u: undo, r: redo, "/": () => { $("query").focus(); $("query").select(); }, "?": () => $("help").showModal(),
  };
  const work = keys[event.key];
  // What the element itself does with the key stays its.
  if (work && work() !== true) event.preventDefault();
});

function start() {
  $("title").textContent = data.title;
  const parts = [`${plural(data.states, "state", "states")}, ${plural(data.transitions, "transition", "transitions")}; sequential consistency, ${data.granularity} granularity.`];
  if (data.incomplete) parts.push(`Incomplete: ${data.incomplete}.`);
  $("summary").textContent = parts.join(" ");
  if (shown < data.states) {
    $("summary").after(make("p", {class: "notice", id: "cut"},
      `This page holds the ${shown.toLocaleString("en")} states nearest to the start; ${plural(data.states - shown, "more is", "more are")} left out. Buttons say where a step leads to one of them.`));
  }
  if (data.run) {
    $("verdict").hidden = false;
    $("verdict-title").textContent = `Broken: ${data.run.what}${data.run.anomaly && data.run.anomaly !== data.run.what ? ` (${data.run.anomaly})` : ""}`;
    $("verdict-message").textContent = data.run.message;
    $("verdict-why").textContent = data.run.why.join(" ");
  }
  const example = data.objects.find((object) => object.kind === "scalar")?.name ?? "x";
  $("query-help").textContent = `C over what is shown: ${example} == 1 && !done(${data.processes[0]?.name ?? "p"}); line(P) is the line before which P stands; initial, complete, deadlock, violation.`;
  setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  $("theme").addEventListener("click", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  $("help-button").addEventListener("click", () => $("help").showModal());
  $("undo").addEventListener("click", undo);
  $("redo").addEventListener("click", redo);
  $("show-run").addEventListener("click", () => go(counterexample, 0));
  $("first").addEventListener("click", () => moveTo(0));
  $("back").addEventListener("click", () => moveTo(place - 1));
  $("forward").addEventListener("click", () => moveTo(place + 1));
  $("last").addEventListener("click", () => moveTo(run.nodes.length - 1));
  $("slider").addEventListener("input", () => moveTo(Number($("slider").value)));
  $("search-form").addEventListener("submit", (event) => { event.preventDefault(); search(); });
  $("next-result").addEventListener("click", nextResult);
  addEventListener("hashchange", follow);
  addEventListener("popstate", follow);
  makeSource();
  makeGraph();
  const asked = location.hash;
  if (/^#(step|state)=\d+$/.test(asked)) {
    follow();
    done = [];
  }
  moved();
}

if (nodeCount > 0 && shown > 0) start();
else { $("title").textContent = data.title; $("summary").textContent = "There is no state to show."; }
