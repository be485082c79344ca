// The graph as a picture.

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
      const at = standingOf(which, rows[node]);
      return at.line === 0 ? at.statement || "done" : `before line ${linesOf(at)}`;
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
  const focused = [...box.querySelectorAll(".rows button")].indexOf(document.activeElement);
  box.replaceChildren(make("ul", {class: "rows"}, ...list), svg);
  box.scrollTop = scroll;
  if (focused >= 0) box.querySelectorAll(".rows button")[focused]?.focus({preventScroll: true});
}

// A state in one line.
function summaryOf(node) {
  if (isEnd(node)) return data.marks[node][2].map((k) => data.broken[k][0]).join(", ");
  const parts = data.objects.map((object) => {
    const text = object.columns.map((column) => bare(textIn(rows[node], column))).join(" ");
    return `${object.name} ${object.kind === "array" ? `[${text}]` : text}`;
  });
  const at = data.processes.map((process, p) => {
    const at = standingOf(p, rows[node]);
    return `${process.name} ${at.line === 0 ? at.statement || "done" : linesOf(at)}`;
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
