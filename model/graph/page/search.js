// Search.

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
