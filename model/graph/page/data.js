"use strict";
// The page: a state graph in columns (see PageData), and a run through it. Everything from the
// scenario reaches the document as text, never as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const INITIAL = 1, COMPLETE = 2, DEADLOCK = 4, VIOLATION = 8, CUT = 16;
const MOST_LANES = 400, MOST_STARTS = 20, MOST_RESULTS = 200, MOST_ROWS = 400, MOST_OPEN = 60, MOST_COLUMNS = 5;
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

// Words of a report, as children for `make`: what stands between backquotes is code; a step that
// they name is a link there, where they tell of the counterexample.
function prose(text, linksSteps = false) {
  return text.split(/(`[^`]*`)/).flatMap((part) => {
    if (/^`.*`$/s.test(part)) return [make("code", {}, part.slice(1, -1))];
    if (!linksSteps) return [part];
    return part.split(/(\bsteps? \d+(?:(?:-|, | and )\d+)*)/).flatMap((words, k) => (k % 2 === 0 ? [words] :
      words.split(/(\d+)/).map((word, m) => (m % 2 === 0 ? word : make("a", {href: `#step=${word}`}, word)))));
  });
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
  const [process, text, line, statement, reads, writes, deeper = []] = data.actions[number];
  return {process, text, line, statement, reads, writes, deeper};
};
// Where the process of a number stands in a row: the line and statement in its own text, and what is
// deeper, in the functions that are called there. Line 0: before no access; the statement says why.
function standingOf(process, row) {
  const [line, statement, deeper = []] = data.processes[process].points[row[pointColumn[process]] ?? 0];
  return {line, statement, deeper};
}
// The lines of all files are counted through; in another file than the first "buffer.h:24".
function lineName(line) {
  const files = data.files ?? [], k = files.findLastIndex(([, first]) => first <= line);
  return k > 0 ? `${files[k][0]}:${line - files[k][1] + 1}` : String(line);
}
// "22", "22 > 7"
const linesOf = ({line, deeper}) => [line, ...deeper.map(([inner]) => inner)].map(lineName).join(" > ");
// The last in the page's source: where the access itself stands.
const innermostLine = ({line, deeper}) => deeper.at(-1)?.[0] ?? line;

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

const starts = [];
for (let node = 0; node < shown; ++node) if (data.marks[node][0] & INITIAL) starts.push(node);
