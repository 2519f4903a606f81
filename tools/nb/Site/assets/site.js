// Formulas by KaTeX, charts by plotly.js; both lie beside this file.
document.querySelectorAll(".formula").forEach(element => {
  katex.render(element.textContent, element, {
    displayMode: element.classList.contains("display"),
    throwOnError: false,
  });
});

// Charts are drawn when they come near the window: a page may have many.
const draw = place => {
  const figure = JSON.parse(place.nextElementSibling.textContent);
  const config = Object.assign({ responsive: true, displaylogo: false }, figure.config);
  Plotly.newPlot(place, figure.data, figure.layout || {}, config);
};
const watcher = new IntersectionObserver(entries => {
  for (const entry of entries.filter(e => e.isIntersecting)) {
    watcher.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "600px" });
document.querySelectorAll(".chart").forEach(place => {
  const layout = JSON.parse(place.nextElementSibling.textContent).layout || {};
  place.style.minHeight = (layout.height || 450) + "px";
  watcher.observe(place);
});

// On a narrow screen the contents start folded.
const contents = document.querySelector(".contents details");
if (contents && matchMedia("(max-width: 60rem)").matches) contents.open = false;
