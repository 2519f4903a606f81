// What the page must know about C#: colours for code that was changed, and the names that it uses.

const keywords = ("abstract as async await base bool break byte case catch char class const continue decimal default delegate do double else enum "
  + "false finally float for foreach get goto if in init int interface internal is lock long namespace new null object operator out override params "
  + "private protected public readonly record ref return sbyte sealed set short sizeof static string struct switch this throw true try typeof uint "
  + "ulong using var virtual void when where while with yield").split(" ");
const token = /(?<c>\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(?<d>^[ \t]*#[^\n]*)|(?<s>[$@]*"""[\s\S]*?"""|[$]?@"(?:""|[^"])*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+')|(?<n>\b\d[\w.]*)|(?<word>[\p{L}_][\p{L}\p{N}_]*)/gmu;

/** The code with the classes of site.css. */
export function coloured(code) {
  const parts = document.createDocumentFragment();
  let at = 0;
  for (const match of code.matchAll(token)) {
    const { word, ...others } = match.groups;
    const kind = word === undefined ? Object.keys(others).find(name => others[name] !== undefined)
      : keywords.includes(word) ? "k" : code[match.index + word.length] === "(" ? "m" : null;
    parts.append(code.slice(at, match.index));
    const text = match[0];
    if (kind) parts.append(Object.assign(document.createElement("span"), { className: kind, textContent: text }));
    else parts.append(text);
    at = match.index + text.length;
  }
  parts.append(code.slice(at));
  return parts;
}

/** Every name that the code mentions; what is inside an interpolated text counts, too. */
export function namesIn(code) {
  const names = new Set();
  for (const { groups: { s, word } } of code.matchAll(token)) {
    if (word !== undefined) names.add(word);
    if (s?.startsWith("$")) for (const [name] of s.matchAll(/[\p{L}_][\p{L}\p{N}_]*/gu)) names.add(name);
  }
  return names;
}

/** Those of the cells above (in their order) that a cell needs, through others, too. */
export function neededBy(cell, above) {
  const names = namesIn(cell.code), needed = [];
  for (const other of above.toReversed()) {
    if (![...other.gives, ...other.fills].some(name => name === "*" || names.has(name))) continue;
    needed.unshift(other);
    namesIn(other.code).forEach(name => names.add(name));
  }
  return needed;
}
