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
    $("verdict-message").replaceChildren(...prose(data.run.message, true));
    $("verdict-why").replaceChildren(...prose(data.run.why.join(" "), true));
  }
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
