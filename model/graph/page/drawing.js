// Drawing.

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
    said += ` ${nameOf(action.process)}, line ${linesOf(action)}: ${action.text}.`;
  }
  $("where").textContent = said;
  $("remarks").replaceChildren(...remarksAt(place).map((text) => make("p", {class: "notice"}, ...prose(text, true))));
  const flag = (kind, text) => make("span", {class: `flag ${kind}`}, text);
  $("flags").replaceChildren(...[
    marks & INITIAL && flag("start", "initial state"),
    marks & COMPLETE && flag("good", "the run is complete"),
    marks & CUT && flag("", "not explored further: a limit was met"),
    ...broken.map((k) => make("span", {class: "flag bad"}, data.broken[k][0], ...prose(data.broken[k][1] ? `: ${data.broken[k][1]}` : ""))),
  ].filter(Boolean));
  const row = rowAt(run, place), before = place > 0 ? rowAt(run, place - 1) : row;
  $("memory").replaceChildren(...data.objects.map((object) => drawObject(object, row, before)));
  $("processes").replaceChildren(...data.processes.map((process, p) => {
    const {line, statement, deeper} = standingOf(p, row);
    const locals = [];
    let hasLocals = false;
    columns.forEach((column, c) => {
      if (!column.name.startsWith(process.name + ".")) return;
      const text = textIn(row, c);
      hasLocals = true;
      if (text !== "") locals.push(`${column.name.slice(process.name.length + 1)} = ${text}`);
    });
    const isMoved = place > 0 && actionOf(run.actions[place - 1]).process === p;
    return make("li", {class: colourOf(p), "aria-label": isMoved ? `${process.name}, which moved last` : undefined},
      make("span", {class: "who"}, process.name), line === 0 ? ` is ${statement || "done"}` : ` before line ${line} `,
      line === 0 ? "" : make("code", {}, statement),
      ...deeper.flatMap(([inner, text]) => [make("span", {class: "deeper"}, `line ${inner} `, make("code", {}, text))]),
      // The line stays where there is nothing to say just now: what follows does not jump.
      hasLocals ? make("div", {class: "code faint"}, locals.join(", ") || "\u00a0") : "");
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

// Several cells, or objects, side by side; of a structure its members.
const isTable = (object) => object.kind === "array" || object.columns.length > 1;

// Of an object, the columns of text that the widest of its values takes in any state: what is drawn
// stays in its place from step to step.
const widths = new Map();
function widthOf(object) {
  if (!widths.has(object.name)) {
    const isWhole = !isTable(object);
    const longest = (column) => Math.max(1, ...columns[column].texts.map((text) => bare(text).length));
    const of = object.columns.map(longest);
    widths.set(object.name, Math.min(24, isWhole ? of.reduce((sum, one) => sum + one + 2, -2) : Math.max(...of)));
  }
  return widths.get(object.name);
}
// A position that is an expression is told by its beginning.
const POINTER_WIDTH = 8;
const shortened = (text, width) => (text.length <= width ? text : text.slice(0, width - 1) + "\u2026");

const bare = (text) => (/^'.'$/su.test(text) ? text.slice(1, -1) : text);

function drawObject(object, row, before) {
  const isChanged = (column) => textIn(row, column) !== textIn(before, column);
  const figure = make("figure", {class: "object" + (object.ghost ? " ghost" : ""), "data-object": object.name},
                      make("figcaption", {class: "name"}, object.name + (object.ghost ? " (ghost)" : "")));
  if (isTable(object)) {
    const isRing = data.ring?.object === object.name;
    const ring = isRing ? ringCells(object, row) : null, stride = isRing ? data.ring.stride : 1;
    const cells = ring ? ring.cells : object.columns.map((column) => {
      const text = textIn(row, column);
      return {text: bare(text), state: text === "-" ? "unwritten" : "plain"};
    });
    const said = {unwritten: "nobody has written here yet", taken: "taken", live: "holds an item", plain: ""};
    const body = make("tbody");
    const pointers = ring ? Math.min(POINTER_WIDTH, Math.max(data.ring.out.length, data.ring.in.length)) : 0;
    const width = ring ? Math.max(widthOf(object) * stride + 2, pointers + 1) : widthOf(object);
    body.append(make("tr", {}, ...cells.map((_, k) => {
      const column = columns[object.columns[k * stride]].name;
      return make("th", {scope: "col"}, column.slice(object.name.length).replace(/^\[(\w+)\]/, "$1").replace(/^\./, ""));
    })));
    body.append(make("tr", {}, ...cells.map(({text, state}, k) => {
      const own = object.columns.slice(k * stride, (k + 1) * stride);
      const drawn = make("td", {class: `cell ${state}` + (own.some(isChanged) ? " changed" : ""), title: said[state] || undefined},
                         state === "unwritten" ? "-" : state === "taken" ? `(${text})` : text);
      drawn.style.minWidth = `calc(${width}ch + 1rem)`;
      return drawn;
    })));
    if (ring) {
      // A row each: where they meet nothing moves.
      for (const [name, position] of [[data.ring.out, ring.out], [data.ring.in, ring.into]]) {
        body.append(make("tr", {}, ...cells.map((_, k) => make("td", {class: "pointer", title: k === position ? name : undefined},
                                                               k === position ? `\u2191 ${shortened(name, POINTER_WIDTH)}` : "\u00a0"))));
      }
    }
    figure.append(make("table", {class: "cells"}, body));
  } else {
    const text = object.columns.map((column) => textIn(row, column)).join("  ");
    const value = make("span", {class: "value"}, object.kind === "queue" ? text : bare(text));
    value.style.minWidth = `calc(${widthOf(object)}ch + 1.2rem)`;
    figure.append(value);
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
      make("span", {class: "who"}, nameOf(action.process)), `  line ${linesOf(action)}: `, make("code", {}, action.text), which,
      step.to < 0 ? " - leads to a state that is not in this page" : isEnd(step.to) ? " - breaks something" : ""));
  });
  if (!isEnd(node)) {
    data.processes.forEach((process, p) => {
      if (steps.some((step) => actionOf(step.action).process === p)) return;
      const at = standingOf(p, rows[node]), statement = at.deeper.at(-1)?.[1] ?? at.statement;
      const why = at.line === 0 ? "is done" : data.marks[node][0] & CUT ? `stands before line ${linesOf(at)}; not explored further` : `is blocked at line ${linesOf(at)}: `;
      list.push(make("p", {class: `faint ${colourOf(p)}`}, make("span", {class: "who"}, process.name), ` ${why}`, why.endsWith(": ") ? make("code", {}, statement) : ""));
    });
  } else {
    list.push(make("p", {}, "Nothing: the run is over."));
  }
  // Starts there may be several of.
  if (place === 0 && starts.length > 1) {
    list.push(make("p", {class: "faint"}, `It can start in ${starts.length} ways:`));
    for (const start of starts.slice(0, MOST_STARTS)) {
      if (start === node) continue;
      list.push(make("button", {type: "button", class: "start", "data-to": start, onclick: () => visit(start)},
                     make("code", {}, summaryOf(start))));
    }
    if (starts.length > MOST_STARTS) list.push(make("p", {class: "faint"}, ...prose("... a search for `initial` finds the others")));
  }
  // Who chose by a button goes on there.
  const hadFocus = $("choices").contains(document.activeElement);
  $("choices").replaceChildren(...list);
  if (hadFocus) ($("choices").querySelector("button:not(:disabled)") ?? $("now")).focus({preventScroll: true});
}
function choose(by) {
  const buttons = [...$("choices").querySelectorAll("button")];
  if (buttons.length === 0) return;
  chosen = (chosen + by + buttons.length) % buttons.length;
  buttons.forEach((button, k) => button.toggleAttribute("aria-current", k === chosen));
  buttons[chosen].setAttribute("aria-current", "true");
  buttons[chosen].scrollIntoView({block: "nearest"});
  if ($("choices").contains(document.activeElement)) buttons[chosen].focus();
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
  const actors = [...new Set(run.actions.map((action) => actionOf(action).process))].sort((a, b) => a - b);
  $("steps").className = actors.length >= 2 && actors.length <= MOST_COLUMNS ? "in-columns" : "";
  $("steps").style.setProperty("--actors", actors.length);
  const list = [];
  if ($("steps").className) {
    list.push(make("li", {class: "head", "aria-hidden": "true"}, ...actors.map((p, k) => inLane(make("span", {class: `who ${colourOf(p)}`}, nameOf(p)), k)),
                   make("span", {class: "changes"}, "changed")));
  }
  list.push(begin === 0 ? stepItem(0, null, 0) : make("li", {class: "faint"}, `... ${plural(begin, "step", "steps")} before`));
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
    list.push(stepItem(number, action, actors.indexOf(action.process)));
  }
  if (end < steps) list.push(make("li", {class: "faint"}, `... ${plural(steps - end, "more step", "more steps")}`));
  $("lanes").replaceChildren(...lanes);
  $("steps").replaceChildren(...list);
  // Within their boxes only: the page itself stays where the reader put it.
  const lanesBox = $("lanes"), button = lanesBox.querySelector("[aria-current]");
  if (button) lanesBox.scrollLeft = button.offsetLeft - lanesBox.clientWidth / 2;
  else lanesBox.scrollLeft = 0;
  const stepsBox = $("steps"), item = stepsBox.querySelector("[aria-current]");
  if (item) stepsBox.scrollTop = item.offsetTop - stepsBox.offsetTop - stepsBox.clientHeight / 2;
}
const remarksAt = (step) => (isCounterexample() ? data.run.remarks.filter(([number]) => number === step).map(([, text]) => text) : []);

// In the column of its process, where there are columns.
function inLane(element, lane) {
  element.style.setProperty("--lane", lane);
  return element;
}
function stepItem(number, action, lane) {
  const attributes = {"aria-current": number === place ? "step" : undefined, class: action ? colourOf(action.process) : "",
                      onclick: (event) => { if (!event.target.closest("a")) go(run, number); }};
  const first = make("button", {type: "button", tabindex: -1, "aria-label": `step ${number}`}, String(number));
  if (!action) return make("li", attributes, first, inLane(make("span", {class: "did"}, "the start"), 0));
  return make("li", attributes, first, make("span", {class: "line faint", title: linesOf(action)}, action.deeper.length ? `${lineName(action.line)} > ${lineName(innermostLine(action))}` : lineName(action.line)),
              inLane(make("span", {class: "did"}, make("span", {class: "who"}, nameOf(action.process)), ` ${action.text}`), lane),
              make("span", {class: "changes"}, changesOf(number).join(", ")),
              ...remarksAt(number).map((text) => inLane(make("span", {class: "remark"}, "^ ", ...prose(text, true)), lane)));
}
// What a step changed of what is drawn: "in 0 \u2192 1".
function changesOf(number) {
  const before = rowAt(run, number - 1), after = rowAt(run, number);
  const changed = data.objects.flatMap((object) => object.columns.filter((column) => textIn(before, column) !== textIn(after, column)));
  return changed.map((column) => `${columns[column].name} ${textIn(before, column)} \u2192 ${textIn(after, column)}`);
}

const sourceRows = [];
function makeSource() {
  const body = make("tbody");
  data.source.replace(/\n$/, "").split("\n").forEach((text, k) => {
    const chips = make("span", {class: "chips"});
    const tr = make("tr", {id: `line-${k + 1}`}, make("td", {class: "number"}, lineName(k + 1)),
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
    const at = standingOf(p, row);
    const lines = [at.line, ...at.deeper.map(([inner]) => inner)].filter((line) => sourceRows[line - 1]);
    lines.forEach((line, k) => {
      const {tr, chips} = sourceRows[line - 1], isCall = k < lines.length - 1;
      tr.classList.add(isCall ? "calls" : "here");
      chips.append(make("span", {class: `${isCall ? "call" : "chip"} ${colourOf(p)}`, title: isCall ? `${process.name} is in this call, at line ${lineName(lines.at(-1))}` : undefined},
                        isCall ? `${process.name} \u2192 ${lineName(lines[k + 1])}` : process.name));
      first ??= tr;
    });
  });
  if (place > 0) {
    const action = actionOf(run.actions[place - 1]);
    const lines = [action.line, ...action.deeper.map(([inner]) => inner)].filter((line) => sourceRows[line - 1]);
    lines.forEach((line, k) => {
      const {tr} = sourceRows[line - 1];
      tr.classList.add(k < lines.length - 1 ? "moved-call" : "moved");
      tr.style.setProperty("--depth", lines.filter((other, m) => m < lines.length - 1 && other < line).length);
      tr.style.setProperty("--below", lines.filter((other, m) => m < lines.length - 1 && other > line).length);
    });
    if (lines.length) first = sourceRows[lines.at(-1) - 1].tr;
  }
  const box = $("source");
  if (first) box.scrollTop = first.offsetTop - box.clientHeight / 2;
}
