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

  const notes = document.querySelector(".beside details");
  if (notes) {
    notes.addEventListener("toggle", () => {
      if (notes.open) formulasIn(notes);
      makeReachable();
      window.choices.set("notes", notes.open ? "open" : "closed");
      window.dispatchEvent(new Event("resize"));   // the charts take the room that is left
    });
    const chosen = window.choices.get("notes");
    if (matchMedia("(min-width: 75rem)").matches)
      notes.open = chosen ? chosen === "open" : matchMedia("(min-width: 100rem)").matches;
  }
}
