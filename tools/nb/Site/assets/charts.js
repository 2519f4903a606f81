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

  /** The words of a text in lines of at most so many letters; a longer word stands alone. */
  const lined = (text, most) => text.split(" ").reduce((lines, word) => lines.length > 0 && `${lines.at(-1)} ${word}`.length <= most
    ? [...lines.slice(0, -1), `${lines.at(-1)} ${word}`] : [...lines, word], []);

  /** A chart that is wider than its place is drawn smaller, with its colour bar in sight. Captions below pictures in rows take
   * more lines then, for which the rows move apart. What has a word that is wider than its picture scrolls. */
  const fitted = ({ data, layout }, room) => {
    if (!(layout?.width > room) || room === 0) return { data, layout };
    const { l = 80, r = 80, t = 100, b = 80 } = layout.margin ?? {}, share = (room - l - r) / (layout.width - l - r);
    if (share <= 0) return { data, layout };
    const size = 10, letter = 0.6 * size, plotHeight = (layout.height ?? 450) - t - b;
    const smaller = (height, annotations) => ({
      ...layout, width: room, height: Math.round(height * share) + t + b,
      annotations: annotations?.map(note => ({ ...note, font: { ...note.font, size } })),
    });
    const captions = (layout.annotations ?? []).filter(note => note.xref !== "paper");
    if (captions.every(note => note.text.length <= 2)) return { data, layout: smaller(plotHeight, layout.annotations) };

    // x and y of the pictures count their pixels; the range of y goes down.
    const [places, heights] = ["x", "y"].map(axis => [...new Set(captions.map(note => note[axis]))].sort((a, b) => a - b));
    const scale = (room - l - r) / layout.xaxis.range[1], most = Math.floor((places.length > 1 ? places[1] - places[0] : layout.xaxis.range[1]) * scale / letter) - 1;   // a space to the next one
    const texts = captions.map(note => lined(note.text, most));
    if (texts.flat().some(line => line.length > most)) return { data, layout };
    const pitch = heights.length > 1 ? heights[1] - heights[0] : Infinity, bottom = layout.yaxis.range[0];
    // Below each row there is some room already; it has become smaller with the chart.
    const lines = Math.max(...texts.map(text => text.length)), more = Math.max(0, (1.3 * size * lines + 4) / scale - (bottom - heights.at(-1)));
    const moved = y => y + more * (heights.length > 1 ? Math.floor(y / pitch) : 0), newBottom = bottom + more * heights.length;
    return {
      data: data.map(trace => ({ ...trace, y: trace.y?.map(moved) })),
      layout: {
        ...smaller(plotHeight * newBottom / bottom, layout.annotations.map(note => !captions.includes(note) ? note
          : { ...note, y: moved(note.y), text: texts[captions.indexOf(note)].join("<br>") })),
        yaxis: { ...layout.yaxis, range: [newBottom, 0] },
      },
    };
  };
  const figureOf = place => {
    const { data, layout } = fitted(figures.get(place), place.clientWidth);
    return { data, layout: titled(layout, layout?.width ?? place.clientWidth) };
  };

  // react draws anew only what differs from the figure that is there.
  const draw = place => {
    drawn.add(place);
    const { data, layout } = figureOf(place);
    place.style.minHeight = `${layout?.height ?? 450}px`;
    const { "font.color": color, ...grounds } = colours();
    Plotly.react(place, data, { ...layout, ...grounds, font: { ...layout?.font, color } },
      { responsive: true, displaylogo: false, ...figures.get(place).config });
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
      place.style.minHeight = `${figureOf(place).layout?.height ?? 450}px`;
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
      if (place.clientWidth > 0 && figures.get(place).layout?.width && figureOf(place).layout.width !== place.layout.width) draw(place);
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
      const { width = null, height = null } = figureOf(place).layout ?? {};
      Plotly.relayout(place, { ...colours(), width, height, autosize: true });
    }
  });
}
