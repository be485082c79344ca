// Expressions over a state.

// A small part of C on BigInt, parsed to a function of a row and a node. Throws {message, at}.
function parseExpression(text) {
  const tokens = [];
  // Macros are replaced as C does it: token by token, none within itself. `place`: of the macro.
  function tokenize(part, place, within) {
    const pattern = /\s+|(?<number>0[xX][0-9a-fA-F]+|\d+)[uUlL]*|(?<name>[A-Za-z_]\w*)|(?<char>'(?:\\.[0-9a-fA-F]*|[^'\\])')|(?<op>\|\||&&|==|!=|<=|>=|<<|>>|=>|[-+*\/%!~<>&|^()?:.,\[\]])/yu;
    while (pattern.lastIndex < part.length) {
      const at = place ?? pattern.lastIndex;
      const match = pattern.exec(part);
      if (!match) {
        const hint = /^=/.test(part.slice(at)) ? "`=` assigns: to compare, write `==`" : /^"/.test(part.slice(at)) ? "a character stands between `'`" : "this is not understood";
        throw {message: place === undefined ? hint : `this stands for \`${part}\`, which is not understood`, at};
      }
      const {number, name, char, op} = match.groups;
      if (name !== undefined && Object.hasOwn(data.defines, name) && !within.includes(name)) {
        tokenize(data.defines[name], at, [...within, name]);
      } else if (number ?? name ?? char ?? op) {
        tokens.push({number, name, char, op, at, text: match[0]});
      }
      if (tokens.length > 2000) throw {message: "this is too long", at};
    }
  }
  tokenize(text, undefined, []);
  tokens.push({at: text.length, text: "the end"});
  let place = 0, depth = 0;
  const peek = () => tokens[place];
  const accept = (op) => peek().op === op && ++place > 0;
  const fail = (message, token = peek()) => { throw {message, at: token.at}; };
  // What other languages write.
  const spelled = {and: "&&", or: "||", not: "!", is: "=="};
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
    for (let op = peek().op; op !== undefined && Object.hasOwn(binary[k], op); op = peek().op) {
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
    const process = data.processes.findIndex((one) => one.name === called);
    if (process < 0) fail(`there is no process \`${called}\`${meant(called, data.processes.map(({name}) => name))}`, first);
    return process;
  }
  function name(token) {
    const isDeclared = data.objects.some((object) => object.name === token.name);
    if (!isDeclared && ["done", "line", "at"].includes(token.name) && accept("(")) {
      const process = processNamed(token);
      const standing = (s) => (s.row === undefined ? undefined : standingOf(process, s.row));
      expect(token.name === "at" ? "," : ")");
      if (token.name === "done") return (s) => { const at = standing(s); return at && bool(at.line === 0); };
      if (token.name === "line") return (s) => { const at = standing(s); return at && BigInt(at.line); };
      const line = whole();
      expect(")");
      return (s) => {
        const at = standing(s), asked = line(s);
        return at && bool([at.line, ...at.deeper.map(([inner]) => inner)].some((one) => BigInt(one) === asked));
      };
    }
    if (!isDeclared && token.name === "items" && accept("(")) expect(")");
    if (!isDeclared && Object.hasOwn(data.constants, token.name)) { const value = BigInt(data.constants[token.name]); return () => value; }
    if (token.name === "true" || token.name === "false") return () => bool(token.name === "true");
    if (!isDeclared && Object.hasOwn(markWords, token.name) && !columnNamed.has(token.name)) {
      return (s) => bool((data.marks[s.node][0] & markWords[token.name]) !== 0);
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
    if (!isKnown && Object.hasOwn(spelled, token.name)) fail(`in C this is written \`${spelled[token.name]}\``, token);
    if (!isKnown) fail(`there is no \`${token.name}\` here${meant(token.name, wordsToSearch())}`, token);
    if (parts.length === 1 && !columnNamed.has(token.name)) {
      const part = columns.find(({name: of}) => of.startsWith(token.name + "[") || of.startsWith(token.name + ".")).name;
      fail(`which part of \`${token.name}\`? For example \`${part}\``, token);
    }
    return (s) => {
      if (s.row === undefined) return undefined;
      const column = columnNamed.get(parts.map((part) => part(s)).join(""));
      return column === undefined ? undefined : numberOf(textIn(s.row, column));
    };
  }
  const value = whole();
  if (place < tokens.length - 1) {
    fail(Object.hasOwn(spelled, peek().name ?? "") ? `in C this is written \`${spelled[peek().name]}\`` : `${peek().text} is not expected here`);
  }
  // Of an end nothing is known but its marks (rowAt), unless a row is given: what needs more is undefined.
  return (node, row = rows[node]) => {
    let isKnown = true;
    const state = {node, get row() { isKnown = isKnown && row !== undefined; return row; }};
    const result = value(state);
    return isKnown ? result : undefined;
  };
}

// Words that are no names of the scenario. A deadlock is a violation, too.
const markWords = {initial: INITIAL, complete: COMPLETE, deadlock: DEADLOCK, violation: VIOLATION | DEADLOCK};
const wordsToSearch = () => [...new Set([...columns.map(({name}) => name.split(/[[. ]/)[0]), ...Object.keys(data.constants),
                                         ...Object.keys(markWords), "done", "line", "at"])];

// " (`producer`?)": the candidate that differs in at most two characters and a third of them.
function meant(word, candidates) {
  const distance = (a, b) => {
    let row = [...b].map((_, k) => k + 1);
    row.unshift(0);
    for (let i = 0; i < a.length; ++i) {
      const next = [i + 1];
      for (let k = 0; k < b.length; ++k) next.push(Math.min(row[k + 1] + 1, next[k] + 1, row[k] + (a[i] === b[k] ? 0 : 1)));
      row = next;
    }
    return row[b.length];
  };
  const most = Math.min(2, Math.ceil(word.length / 3));
  const near = candidates.map((one) => [distance(word, one), one]).filter(([far]) => far <= most).sort(([a], [b]) => a - b);
  return near.length ? `; did you mean \`${near[0][1]}\`?` : "";
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
  if (Object.hasOwn(simple, rest)) return BigInt(simple[rest]);
  const code = rest[0] === "x" ? parseInt(rest.slice(1), 16) : parseInt(rest, 8);
  return Number.isNaN(code) ? undefined : BigInt(code > 127 ? code - 256 : code);
}
