// Light or dark: what was chosen last, else what the system asks for. Loaded before anything is painted.
"use strict";
/** What the reader chose, kept from page to page where the browser allows it. */
window.choices = {
  get: key => { try { return localStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* it is forgotten, that is all */ } },
};
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const tell = () => {
    document.getElementById("theme").setAttribute("aria-pressed", isDark());
    document.dispatchEvent(new Event("theme"));
  };
  const chosen = window.choices.get("theme");
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;
  system.addEventListener("change", tell);
  document.addEventListener("DOMContentLoaded", () => {
    tell();
    document.getElementById("theme").addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      window.choices.set("theme", root.dataset.theme);
      tell();
    });
  });
}
