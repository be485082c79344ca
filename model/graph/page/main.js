// The rest.

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

// What the check says, in the page's banner.
function makeVerdict() {
  const {holds, missing, warnings} = data.verdict;
  const say = (kind, title, message, why = "") => {
    $("verdict").hidden = false;
    $("verdict").className = kind;
    $("verdict-title").textContent = title;
    $("verdict-message").replaceChildren(...prose(message, true));
    $("verdict-why").replaceChildren(...prose(why, true));
  };
  if (data.run) {
    const {what, anomaly} = data.run;
    say("", `Broken: ${what}${anomaly && anomaly !== what ? ` (${anomaly})` : ""}`, data.run.message, data.run.why.join(" "));
  } else if (missing) {
    say("", `Broken: ${missing[0]}`, missing[1]);
  } else if (holds) {
    say("holds", "Holds in every interleaving", holds.join(", "));
  } else if (data.broken.length) {
    say("", "Something breaks in this graph", "");
  }
  if (warnings.length) $("verdict").hidden = false;
  $("warnings").replaceChildren(...warnings.map(([line, text]) => make("li", {}, `Warning, line ${lineName(line)}: `, ...prose(text))));
  offerBroken();
}

// The graph goes on behind what breaks: all of it, each with where it is met first.
function offerBroken() {
  const nearest = new Map(), counts = new Map();
  for (let node = 0; node < nodeCount; ++node) {
    const [, depth, broken] = data.marks[node];
    for (const k of broken) {
      counts.set(k, (counts.get(k) ?? 0) + 1);
      if (!nearest.has(k) || depth < data.marks[nearest.get(k)][1]) nearest.set(k, node);
    }
  }
  if (nearest.size < 2 && data.run) return;
  $("broken").replaceChildren("In this graph:", ...[...nearest].sort(([a], [b]) => a - b).map(([k, node]) =>
    make("button", {type: "button", title: data.broken[k][1] || undefined, onclick: () => visitResult(node)},
         `${data.broken[k][0]}: first after ${plural(data.marks[node][1], "step", "steps")}${isEnd(node) ? "" : `, ${plural(counts.get(k), "state", "states")}`}`)));
  if (nearest.size === 0) $("broken").replaceChildren();
}

function start() {
  $("title").textContent = data.title;
  const parts = [`${plural(data.states, "state", "states")}, ${plural(data.transitions, "transition", "transitions")}; sequential consistency, ${data.granularity} granularity.`];
  if (data.incomplete) parts.push(`Incomplete: ${data.incomplete}.`);
  $("summary").textContent = parts.join(" ");
  if (shown < data.states) {
    $("summary").after(make("p", {class: "notice", id: "cut"},
      `This page holds the ${shown.toLocaleString("en")} states nearest to the start; ${plural(data.states - shown, "more is", "more are")} left out. Buttons say where a step leads to one of them.`));
  }
  makeVerdict();
  const example = data.objects.find((object) => object.kind === "scalar") ?? data.objects.find((object) => object.kind === "array");
  const process = data.processes[0]?.name ?? "P", compared = example ? `${columns[example.columns[0]].name} == 1 && ` : "";
  $("query-help").replaceChildren(...prose(`C over what is shown: \`${compared}!done(${process})\`. \`line(${process})\` is the line before which it stands; \`at(${process}, N)\`: it stands before line N, there or in a function. Or one of the words:`));
  offerWords();
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
  const lost = /^#(step|state)=\d+$/.test(asked) ? follow() : "";
  done = [];
  moved();
  if (lost) $("where").textContent = `${lost} ${$("where").textContent}`;
}

if (nodeCount > 0 && shown > 0) start();
else { $("title").textContent = data.title; $("summary").textContent = "There is no state to show."; }
