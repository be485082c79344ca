// Search.

let results = [], resultAt = -1;

// An end of the counterexample shows what its last step left; of other ends the marks alone are known.
const rowToSearch = (node) => (!isEnd(node) ? rows[node] : node === counterexample?.nodes.at(-1) ? counterexample.lastRow : undefined);

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
    for (let node = 0; node < nodeCount; ++node) {
      const found = value(node, rowToSearch(node));
      if (found !== undefined && found !== 0n) results.push(node);
    }
  } catch (error) {
    if (error.at === undefined) throw error;
    $("query-error").textContent = `${text}\n${" ".repeat(error.at)}^ ${error.message}`;
    $("next-result").disabled = true;
    return;
  }
  const ends = results.filter(isEnd).length, states = results.length - ends;
  const counts = [];
  if (states > 0 || ends === 0) counts.push(`${plural(states, "state", "states")} of ${shown.toLocaleString("en")}${shown < data.states ? " in this page" : ""}`);
  if (ends > 0) counts.push(`${plural(ends, "end", "ends")} at which a step breaks something`);
  $("result-count").textContent = counts.join(", and ");
  $("results").replaceChildren(...results.slice(0, MOST_RESULTS).map((node, k) =>
    make("li", {}, make("button", {type: "button", class: "code", onclick: () => { resultAt = k; visitResult(node); }}, summaryOf(node)))));
  if (results.length > MOST_RESULTS) $("results").append(make("li", {}, `... ${plural(results.length - MOST_RESULTS, "more", "more")}: Next goes there`));
  $("next-result").disabled = results.length === 0;
}
function nextResult() {
  if (results.length === 0) return;
  resultAt = (resultAt + 1) % results.length;
  visitResult(results[resultAt]);
}
// What the counterexample leads to is shown in it.
function visitResult(node) {
  const along = run === counterexample ? -1 : counterexample?.nodes.indexOf(node) ?? -1;
  if (isEnd(node) && along >= 0) go(counterexample, along);
  else visit(node);
}

// Words to begin with, as buttons that search for them, with how many each finds.
function offerWords() {
  const words = Object.entries(markWords).map(([word, bits]) => {
    let count = 0;
    for (let node = 0; node < nodeCount; ++node) if (data.marks[node][0] & bits) ++count;
    return [word, count];
  }).filter(([word, count]) => count > 0 && !columnNamed.has(word) && !data.objects.some(({name}) => name === word) && !Object.hasOwn(data.defines, word) && !Object.hasOwn(data.constants, word));
  $("words").replaceChildren(...words.map(([word, count]) => make("button", {type: "button", onclick: () => { $("query").value = word; search(); }},
    make("code", {}, word), ` ${count.toLocaleString("en")}`)));
}
