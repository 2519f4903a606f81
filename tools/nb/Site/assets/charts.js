// Charts by plotly.js, in the colours of the page.
"use strict";
{
  const places = [...document.querySelectorAll(".chart")];
  const figures = new Map(places.map(place => [place, JSON.parse(place.nextElementSibling.textContent)]));
  const drawn = new Set();
  const colours = () => ({ "font.color": getComputedStyle(document.body).color, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });

  /** On a narrow page a long title takes more than one line; plotly.js would cut it. */
  const titled = (layout, width) => {
    const lines = [""], most = Math.floor(width / 9);
    for (const word of (layout?.title?.text ?? "").split(" ")) {
      if (lines.at(-1) !== "" && `${lines.at(-1)} ${word}`.length > most) lines.push("");
      lines.push(`${lines.pop()} ${word}`.trim());
    }
    const more = 19 * (lines.length - 1);
    return more === 0 ? layout : {
      ...layout, title: { ...layout.title, text: lines.join("<br>") },
      margin: { ...layout.margin, t: (layout.margin?.t ?? 100) + more }, height: (layout.height ?? 450) + more,
    };
  };

  const draw = place => {
    if (drawn.has(place)) return;
    drawn.add(place);
    const { data, config, ...figure } = figures.get(place), layout = titled(figure.layout, figure.layout?.width ?? place.clientWidth);
    const { "font.color": color, ...grounds } = colours();
    Plotly.newPlot(place, data, { ...layout, ...grounds, font: { ...layout?.font, color } },
      { responsive: true, displaylogo: false, ...config });
  };

  // They are drawn when they come near the window: a page may have many.
  const watcher = new IntersectionObserver(entries => {
    for (const entry of entries.filter(e => e.isIntersecting)) {
      watcher.unobserve(entry.target);
      draw(entry.target);
    }
  }, { rootMargin: "600px" });
  for (const place of places) {
    place.style.minHeight = `${figures.get(place).layout?.height ?? 450}px`;
    watcher.observe(place);
  }

  document.addEventListener("theme", () => drawn.forEach(place => Plotly.relayout(place, colours())));

  // On paper all of them are there, dark on white and as wide as the paper.
  const paperWidth = 640;
  addEventListener("beforeprint", () => {
    for (const place of places) {
      draw(place);
      const width = Math.min(paperWidth, figures.get(place).layout?.width ?? paperWidth);
      Plotly.relayout(place, { "font.color": "#1d2530", width });
    }
  });
  addEventListener("afterprint", () => {
    for (const place of drawn) Plotly.relayout(place, { ...colours(), width: figures.get(place).layout?.width ?? null, autosize: true });
  });
}
