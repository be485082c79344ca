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
      make("span", {class: "who"}, process.name), line === 0 ? ` is ${statement || "done"}` : ` before line ${line} `,
      line === 0 ? "" : make("code", {}, statement),
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
  // Starts there may be several of.
  if (place === 0 && starts.length > 1) {
    list.push(make("p", {class: "faint"}, `It can start in ${starts.length} ways:`));
    for (const start of starts.slice(0, MOST_STARTS)) {
      if (start === node) continue;
      list.push(make("button", {type: "button", class: "start", "data-to": start, onclick: () => visit(start)},
                     make("code", {}, summaryOf(start))));
    }
    if (starts.length > MOST_STARTS) list.push(make("p", {class: "faint"}, `... search for \`initial\` finds the others`));
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
  const list = begin === 0 ? [stepItem(0, "the start", [])] : [make("li", {class: "faint"}, `... ${plural(begin, "step", "steps")} before`)];
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
