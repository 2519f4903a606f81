// Live cells: only where the page comes from a server, since a page of the file system may fetch no engine.
"use strict";
if (location.protocol === "http:" || location.protocol === "https:") {
  document.documentElement.classList.add("live");
  import(new URL("live/page.js", document.currentScript.src));
}
