// Where the reader is.

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

// The address names a step of the counterexample, or a state. Returns what is wrong with it.
function address() { return isCounterexample() ? `#step=${place}` : `#state=${here()}`; }
function follow() {
  const match = /^#(step|state)=(\d+)$/.exec(location.hash);
  if (!match || location.hash === address()) return "";
  const number = Number(match[2]);
  if (match[1] === "step" && counterexample && number < counterexample.nodes.length) {
    go(counterexample, number);
  } else if (match[1] === "state" && number < nodeCount) {
    const way = wayTo(number);
    go(way, way.nodes.length - 1);
  } else {
    const lost = `The address names a ${match[1]} that this page does not have.`;
    $("where").textContent = lost;
    return lost;
  }
  return "";
}
