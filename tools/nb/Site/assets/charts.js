// Charts by plotly.js, in the colours of the page.
"use strict";
{
  const figures = new Map();
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

  /** A chart that is wider than its place is drawn smaller, with its colour bar in sight. Captions of several words would run into each other: what has some scrolls. */
  const fitted = (layout, room) => {
    if (!(layout?.width > room) || room === 0 || layout.annotations?.some(note => note.text.length > 2)) return layout;
    const { l = 80, r = 80, t = 100, b = 80 } = layout.margin ?? {}, share = (room - l - r) / (layout.width - l - r);
    return share <= 0 ? layout : {
      ...layout, width: room, height: Math.round(((layout.height ?? 450) - t - b) * share) + t + b,
      annotations: layout.annotations?.map(note => ({ ...note, font: { ...note.font, size: 10 } })),
    };
  };
  const layoutOf = place => {
    const layout = fitted(figures.get(place).layout, place.clientWidth);
    return titled(layout, layout?.width ?? place.clientWidth);
  };

  // react draws anew only what differs from the figure that is there.
  const draw = place => {
    drawn.add(place);
    const { data, config } = figures.get(place), layout = layoutOf(place);
    place.style.minHeight = `${layout?.height ?? 450}px`;
    const { "font.color": color, ...grounds } = colours();
    Plotly.react(place, data, { ...layout, ...grounds, font: { ...layout?.font, color } },
      { responsive: true, displaylogo: false, ...config });
  };

  // They are drawn when they come near the window: a page may have many.
  const watcher = new IntersectionObserver(entries => {
    for (const entry of entries.filter(e => e.isIntersecting)) {
      watcher.unobserve(entry.target);
      if (figures.has(entry.target) && !drawn.has(entry.target)) draw(entry.target);
    }
  }, { rootMargin: "600px" });

  window.charts = {
    /** Draws a figure in an element of the page; a second one takes the place of the first. */
    show(place, figure) {
      figures.set(place, figure);
      place.style.minHeight = `${layoutOf(place)?.height ?? 450}px`;
      if (drawn.has(place)) draw(place);
      else watcher.observe(place);
    },
    /** Forgets the charts inside an element that leaves the page. */
    forget(element) {
      for (const place of [...figures.keys()].filter(place => element.contains(place))) {
        watcher.unobserve(place);
        if (drawn.delete(place)) Plotly.purge(place);
        figures.delete(place);
      }
    },
  };
  for (const place of document.querySelectorAll(".chart")) window.charts.show(place, JSON.parse(place.nextElementSibling.textContent));

  // A chart without a width of its own follows its place by itself.
  addEventListener("resize", () => {
    for (const place of drawn)
      if (place.clientWidth > 0 && figures.get(place).layout?.width && layoutOf(place).width !== place.layout.width) draw(place);
  });

  document.addEventListener("theme", () => drawn.forEach(place => Plotly.relayout(place, colours())));

  // On paper all of them are there, dark on white and as wide as the paper.
  // A chart is not cut by the end of a page, so a high one would leave half a page empty before it.
  // A folded answer stays folded.
  const paperWidth = 640, paperHeight = 380, isFolded = place => place.closest("details:not([open])") !== null;
  addEventListener("beforeprint", () => {
    for (const [place, figure] of figures) {
      if (isFolded(place)) continue;
      if (!drawn.has(place)) draw(place);
      const width = Math.min(paperWidth, figure.layout?.width ?? paperWidth), height = Math.min(paperHeight, figure.layout?.height ?? 450);
      Plotly.relayout(place, { "font.color": "#1d2530", width, height });
    }
  });
  addEventListener("afterprint", () => {
    for (const place of [...drawn].filter(place => !isFolded(place))) {
      const { width = null, height = null } = layoutOf(place) ?? {};
      Plotly.relayout(place, { ...colours(), width, height, autosize: true });
    }
  });
}
