// Formulas by KaTeX, the contents, and the notes beside a notebook.
"use strict";
{
  const formulasIn = place => place.querySelectorAll(".formula:not(.drawn)").forEach(element => {
    element.classList.add("drawn");
    katex.render(element.textContent, element, { displayMode: element.classList.contains("display"), throwOnError: false });
  });

  // What is wider than the page scrolls within itself, also by the keyboard.
  const makeReachable = () => document.querySelectorAll("pre, .output, .text table, .formula.display").forEach(element => {
    if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
    else element.removeAttribute("tabindex");
  });

  formulasIn(document.getElementById("main"));
  makeReachable();
  addEventListener("resize", makeReachable);

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
      makeReachable();
      window.choices.set("notes", notes.open ? "open" : "closed");
      window.dispatchEvent(new Event("resize"));   // the charts take the room that is left
    });
    const chosen = window.choices.get("notes");
    if (matchMedia("(min-width: 75rem)").matches)
      notes.open = chosen ? chosen === "open" : matchMedia("(min-width: 100rem)").matches;
  }
}
