// Search over all pages. The index is loaded when the reader turns to the search field.
"use strict";
{
  const [field, panel] = ["query", "found"].map(id => document.getElementById(id));
  const [status, list] = panel.children;
  const most = 12;
  let loading = null;

  const load = () => loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: "assets/search-index.js", onload: resolve, onerror: reject });
    document.head.append(script);
  });

  const wordsOf = text => text.toLowerCase().split(/\s+/).filter(word => word.length > 0);

  /** A word and the spelling that the course has for it: who looks for "regularization" or "color" finds the same places. */
  const spellings = word => [...new Set([word, word.replaceAll("iz", "is").replaceAll("yz", "ys").replaceAll("color", "colour")
    .replaceAll("behavior", "behaviour").replaceAll("neighbor", "neighbour").replaceAll("center", "centre").replaceAll("gray", "grey")
    .replaceAll("labeled", "labelled").replaceAll("labeling", "labelling")])];

  /** How well an entry fits: 0 when one of the words is missing, more for words in headings and at the start of a word. */
  function score([, page, heading, text], words) {
    let sum = 0;
    for (const wanted of words) {
      const places = [[heading, 20], [page, 4], [text, 1]].map(([where, weight]) => {
        const low = where.toLowerCase();
        const word = spellings(wanted).find(spelling => low.includes(spelling));
        if (word === undefined) return 0;
        const begins = low.startsWith(word) || low.includes(` ${word}`);
        return weight * (begins ? 2 : 1) * (weight === 1 ? Math.min(5, low.split(word).length - 1) : 1);
      });
      if (Math.max(...places) === 0) return 0;
      sum += places.reduce((a, b) => a + b);
    }
    return sum;
  }

  /** Text with the words marked. */
  function marked(text, words) {
    const parts = document.createDocumentFragment();
    const low = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      const hits = words.map(word => [low.indexOf(word, at), word.length]).filter(([place]) => place >= 0);
      if (hits.length === 0) break;
      const [place, length] = hits.reduce((a, b) => (b[0] < a[0] ? b : a));
      const mark = Object.assign(document.createElement("mark"), { textContent: text.slice(place, place + length) });
      parts.append(text.slice(at, place), mark);
      at = place + length;
    }
    parts.append(text.slice(at));
    return parts;
  }

  function excerpt(text, words) {
    const low = text.toLowerCase();
    const first = Math.min(...words.map(word => low.indexOf(word)).filter(place => place >= 0), text.length);
    const start = first === text.length || first < 50 ? 0 : text.indexOf(" ", first - 50) + 1;
    return (start > 0 ? "… " : "") + text.slice(start, start + 130).trim() + (start + 130 < text.length ? " …" : "");
  }

  function item([address, page, heading, text], words) {
    const link = Object.assign(document.createElement("a"), { href: address });
    const where = document.createElement("strong");
    where.append(marked(heading, words));
    const about = document.createElement("span");
    about.append(marked(excerpt(text, words), words));
    link.append(where, Object.assign(document.createElement("small"), { textContent: heading === page ? "" : page }), about);
    const entry = document.createElement("li");
    entry.append(link);
    return entry;
  }

  async function search() {
    const words = wordsOf(field.value);
    panel.hidden = words.length === 0;
    if (panel.hidden) return;
    try {
      await load();
    } catch {
      status.textContent = "The search index could not be loaded.";
      return;
    }
    const found = window.searchIndex.map(entry => [score(entry, words), entry]).filter(([points]) => points > 0)
      .sort(([a], [b]) => b - a).map(([, entry]) => entry);
    status.textContent = found.length === 0 ? "Nothing found." : found.length > most ? `${found.length} places, the best ${most}:`
      : found.length === 1 ? "1 place:" : `${found.length} places:`;
    list.replaceChildren(...found.slice(0, most).map(entry => item(entry, words.flatMap(spellings))));
  }

  function close() {
    panel.hidden = true;
    list.replaceChildren();
  }

  field.addEventListener("focus", load, { once: true });
  field.addEventListener("input", search);
  field.form.addEventListener("submit", event => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  field.form.addEventListener("keydown", event => {
    const stops = [field, ...list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !panel.hidden) {
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
    } else if (event.key === "Escape") {
      field.value = "";
      close();
      field.focus();
    }
  });
  list.addEventListener("click", close);
  document.addEventListener("click", event => { if (!field.form.contains(event.target)) close(); });
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
