// Formulas by KaTeX, the contents, and the notes beside a notebook.
"use strict";
{
  const formulasIn = place => place.querySelectorAll(".formula:not(.drawn)").forEach(element => {
    element.classList.add("drawn");
    katex.render(element.textContent, element, { displayMode: element.classList.contains("display"), throwOnError: false });
  });

  /** A formula that is wider than its place becomes a little smaller; if that is not enough, its number goes below it; and what is much wider scrolls as well. */
  const fitFormulas = place => {
    const beside = 0.85, smallest = 0.75, formulas = [...place.querySelectorAll(".formula.display.drawn")];
    for (const formula of formulas) {
      formula.style.fontSize = "";
      formula.classList.remove("long");
    }
    // All are measured before any is changed: else the page is laid out anew for each.
    const sizes = formulas.map(formula => {
      const number = formula.querySelector(".katex-tag");
      return [formula.clientWidth, formula.scrollWidth, number ? parseFloat(getComputedStyle(number.parentElement).paddingRight) : 0];
    });
    formulas.forEach((formula, i) => {
      const [room, width, numberWidth] = sizes[i];
      if (width <= room || room === 0) return;
      const isLong = room / width < beside;
      formula.classList.toggle("long", isLong);
      formula.style.fontSize = `${Math.min(1, Math.max(smallest, 0.99 * room / (width - (isLong ? numberWidth : 0))))}em`;
      formula.style.setProperty("--room", `${room}px`);
    });
  };

  /** What stands in columns becomes smaller where it is wider than its place, down to a size that can still be read; what is wider yet scrolls. */
  const fitColumns = place => {
    const smallest = 0.64, tables = [...place.querySelectorAll(".output pre.aligned")];
    for (const table of tables) table.style.removeProperty("--share");
    const shares = tables.map(table => table.clientWidth / table.scrollWidth);
    tables.forEach((table, i) => {
      if (shares[i] < 1) table.style.setProperty("--share", Math.max(smallest, 0.99 * shares[i]));
    });
  };

  // What is wider than the page scrolls within itself, also by the keyboard.
  const makeReachable = place => place.querySelectorAll("pre, .output, .text table, .formula.display").forEach(element => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  });

  const fitted = place => {
    fitFormulas(place);
    fitColumns(place);
    makeReachable(place);
  };

  formulasIn(document.getElementById("main"));
  fitted(document);
  document.fonts.ready.then(() => fitted(document));   // with the letters of KaTeX a formula has another width
  addEventListener("resize", () => fitted(document));
  addEventListener("toggle", event => { if (event.target.matches(".text details")) fitted(event.target); }, true);   // folded, nothing has a width

  // On a narrow screen the contents start folded.
  const contents = document.querySelector(".contents details");
  if (contents && matchMedia("(max-width: 60rem)").matches) contents.open = false;
  document.querySelectorAll(".contents .formula").forEach(element => formulasIn(element.parentElement));

  // Printed, the set-up is there, too.
  const setups = document.querySelectorAll("details.setup:not([open])");
  addEventListener("beforeprint", () => setups.forEach(details => { details.open = true; }));
  addEventListener("afterprint", () => setups.forEach(details => { details.open = false; }));

  const notes = document.querySelector(".beside details");
  /** The place in the notes of the last equation above the middle of the window. */
  const placeInNotes = () => {
    let found = null;
    for (const part of document.querySelectorAll("main > section, main > details")) {
      if (part.getBoundingClientRect().top > innerHeight / 2) break;
      for (const [, tag, named] of part.textContent.matchAll(/\\tag\{([\d.]+)\}|\((\d+\.\d+)\)/g)) {
        const place = document.getElementById(`notes-eq-${(tag ?? named).replace(".", "-")}`);
        if (place && (tag || !found || part.getBoundingClientRect().bottom < innerHeight)) found = place;
      }
    }
    return found;
  };
  if (notes) {
    notes.addEventListener("toggle", () => {
      if (notes.open) {
        formulasIn(notes);
        const place = placeInNotes(), panel = notes.querySelector(".text");
        if (place) panel.scrollTop += place.getBoundingClientRect().top - panel.getBoundingClientRect().top - 40;
      }
      fitted(notes);
      window.choices.set("notes", notes.open ? "open" : "closed");
      window.dispatchEvent(new Event("resize"));   // the charts take the room that is left
    });
    const chosen = window.choices.get("notes");
    if (matchMedia("(min-width: 75rem)").matches)
      notes.open = chosen ? chosen === "open" : matchMedia("(min-width: 100rem)").matches;
  }
}
