// Charts by plotly.js, in the colours of the page.
"use strict";
{
  const figures = new Map();
  const drawn = new Map();   // to what depends on the room that a chart had
  const narrow = 480;
  const colours = () => ({ "font.color": getComputedStyle(document.body).color, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" });

  const pen = document.createElement("canvas").getContext("2d");
  const widthOf = (text, size) => {
    pen.font = `${size}px "Open Sans", verdana, arial, sans-serif`;   // as plotly.js writes
    return pen.measureText(text).width;
  };
  /** The words of a text in lines that are no wider than the room; a wider word stands alone. */
  const lined = (text, size, room) => text.split(" ").reduce((lines, word) => lines.length > 0 && widthOf(`${lines.at(-1)} ${word}`, size) <= room
    ? [...lines.slice(0, -1), `${lines.at(-1)} ${word}`] : [...lines, word], []);

  /** On a narrow page a long title takes more than one line, and so does that of an axis; plotly.js would cut them. */
  const titled = (layout, width) => {
    const { l = 80, t = 100, b = 80 } = layout.margin ?? {}, height = layout.height ?? 450, edge = 40;
    const lines = lined(layout.title?.text ?? "", layout.title?.font?.size ?? 17, width - edge), more = 19 * (lines.length - 1);
    // plotly.js lets the first of several lines begin higher.
    const pad = { ...layout.title?.pad, t: (layout.title?.pad?.t ?? 0) + more / 2 };
    const result = more === 0 ? { ...layout } : {
      ...layout, title: { ...layout.title, text: lines.join("<br>"), pad }, margin: { ...layout.margin, t: t + more }, height: height + more,
    };
    if (width === 0 || width > narrow) return result;
    const size = 13;
    for (const [name, room] of [["xaxis", width - l], ["yaxis", height - t - b]]) {
      const title = layout[name]?.title;
      if (!title?.text) continue;
      const lines = lined(title.text, size, room), more = name === "xaxis" ? 17 * (lines.length - 1) : 0;
      result[name] = { ...layout[name], title: { ...title, text: lines.join("<br>"), font: { ...title.font, size } } };
      result.height += more;
      result.margin = { ...result.margin, b: b + more };
    }
    return result;
  };

  /** A chart that is wider than its place is drawn smaller, with its colour bar below it. Captions below pictures in rows take
   * more lines then, for which the rows move apart. What has a word that is wider than its picture scrolls. */
  const fitted = ({ data, layout = {} }, room) => {
    if (!(layout.width > room) || room === 0) return { data, layout };
    const hasBar = data.some(trace => trace.colorbar), { l = 80, t = 100 } = layout.margin ?? {};
    const { r, b } = hasBar ? { r: l, b: 54 } : { r: 80, b: 80, ...layout.margin };
    const oldWidth = layout.width - l - (layout.margin?.r ?? 80), oldHeight = (layout.height ?? 450) - t - (layout.margin?.b ?? 80);
    const share = Math.min(1, (room - l - r) / oldWidth), size = 10;
    if (share <= 0) return { data, layout };
    const smaller = (traces, plotHeight, annotations) => ({
      data: traces.map(trace => !trace.colorbar ? trace
        : { ...trace, colorbar: { ...trace.colorbar, orientation: "h", thickness: 10, x: 0.5, xanchor: "center", xpad: 0, y: 0, yanchor: "top", ypad: 2, len: 0.9,
            // without the empty line that keeps it off a bar that stands
            title: { ...trace.colorbar.title, text: trace.colorbar.title?.text?.replace("<br>&nbsp;", ""), font: { ...trace.colorbar.title?.font, size: 13 } } } }),
      layout: {
        ...layout, width: Math.round(l + oldWidth * share + r), height: Math.round(plotHeight * share) + t + b, margin: { l, r, t, b },
        annotations: annotations?.map(note => ({ ...note, font: { ...note.font, size } })),
      },
    });
    const captions = (layout.annotations ?? []).filter(note => note.xref !== "paper");
    if (captions.every(note => note.text.length <= 2)) return smaller(data, oldHeight, layout.annotations);

    // x and y of the pictures count their pixels; the range of y goes down.
    const [places, heights] = ["x", "y"].map(axis => [...new Set(captions.map(note => note[axis]))].sort((a, b) => a - b));
    const whole = layout.xaxis.range[1], scale = oldWidth * share / whole, most = (places.length > 1 ? places[1] - places[0] : whole) * scale - 2;
    const texts = captions.map(note => lined(note.text.replace("→ ", "→\u00a0"), size, most));
    if (texts.flat().some(line => widthOf(line, size) > most)) return { data, layout };
    const pitch = heights.length > 1 ? heights[1] - heights[0] : Infinity, bottom = layout.yaxis.range[0];
    // Below each row there is some room already; it has become smaller with the chart.
    const lines = Math.max(...texts.map(text => text.length)), more = Math.max(0, (1.3 * size * lines + 4) / scale - (bottom - heights.at(-1)));
    const moved = y => y + more * (heights.length > 1 ? Math.floor(y / pitch) : 0), newBottom = bottom + more * heights.length;
    const result = smaller(data.map(trace => ({ ...trace, y: trace.y?.map(moved) })), oldHeight * newBottom / bottom,
      layout.annotations.map(note => !captions.includes(note) ? note : { ...note, y: moved(note.y), text: texts[captions.indexOf(note)].join("<br>") }));
    result.layout.yaxis = { ...layout.yaxis, range: [newBottom, 0] };
    return result;
  };
  /** Numbers over bars become too small to read where the bars are narrow: those that are much wider than a bar stand upright instead, for which the axis gets longer. */
  const barred = ({ data, layout }, width) => {
    const [bars] = data, size = 11, { l = 80, r = 80, t = 100, b = 80 } = layout.margin ?? {};
    if (width === 0 || width > narrow || bars?.type !== "bar" || !Array.isArray(bars.text)) return { data, layout };
    const widest = Math.max(...bars.text.map(text => widthOf(text, size))), isUpright = widest > 1.2 * (width - l - r) / bars.x.length;
    const result = { data: [{ ...bars, constraintext: "none", textangle: isUpright ? -90 : 0, textfont: { ...bars.textfont, size } }], layout };
    if (!isUpright || !layout.yaxis?.range) return result;
    const [low, high] = layout.yaxis.range, more = (high - low) * widest / ((layout.height ?? 450) - t - b);
    return { ...result, layout: { ...layout, yaxis: { ...layout.yaxis, range: [low < 0 ? low - more : low, high > 0 ? high + more : high] } } };
  };

  const figureOf = place => {
    const { data, layout } = fitted(figures.get(place), place.clientWidth), width = layout.width ?? place.clientWidth;
    const bars = barred({ data, layout }, width);
    return { data: bars.data.map(trace => ({ ...trace, ...cellColours(trace, isDark()) })), layout: titled(bars.layout, width) };
  };

  const isDark = () => lightnessOf(getComputedStyle(document.body).backgroundColor)[2] < 0.5;
  /** Hue in degrees, saturation and lightness of a colour. */
  const lightnessOf = colour => {
    pen.fillStyle = colour;
    const [r, g, b] = [1, 3, 5].map(at => parseInt(pen.fillStyle.slice(at, at + 2), 16) / 255), most = Math.max(r, g, b), least = Math.min(r, g, b), c = most - least;
    const hue = c === 0 ? 0 : most === r ? (g - b) / c : most === g ? 2 + (b - r) / c : 4 + (r - g) / c, light = (most + least) / 2;
    return [(60 * hue + 360) % 360, c === 0 ? 0 : c / (1 - Math.abs(2 * light - 1)), light];
  };
  /** A table of numbers on coloured fields has pale fields where there is little. On a dark page these are dark, and what is strong stays so. */
  const cellColours = ({ type, texttemplate, colorscale, textfont }, dark) => type !== "heatmap" || !texttemplate ? {} : {
    textfont: { ...textfont, color: dark ? getComputedStyle(document.body).color : textfont?.color },
    colorscale: !dark ? colorscale : colorscale.map(([at, colour]) => {
      const [hue, saturation, light] = lightnessOf(colour);
      return [at, `hsl(${hue}, ${90 * saturation}%, ${100 * Math.max(0.14, 0.14 + 0.5 * (0.93 - light))}%)`];
    }),
  };
  const recolour = (place, dark) => figures.get(place).data.forEach((trace, i) => {
    const { colorscale, textfont } = cellColours(trace, dark);
    if (colorscale) Plotly.restyle(place, { colorscale: [colorscale], "textfont.color": textfont.color }, [i]);
  });
  const shapeOf = layout => JSON.stringify([layout.width, ...[layout, layout.xaxis, layout.yaxis].map(part => part?.title?.text)]);

  // react draws anew only what differs from the figure that is there.
  const draw = place => {
    const { data, layout } = figureOf(place);
    drawn.set(place, shapeOf(layout));
    place.style.minHeight = `${layout.height ?? 450}px`;
    const { "font.color": color, ...grounds } = colours();
    Plotly.react(place, data, { ...layout, ...grounds, font: { ...layout.font, color } },
      { responsive: true, displaylogo: false, ...figures.get(place).config }).then(() => settled(place));
  };

  /** Moves a legend that touches the title above it; the chart becomes higher by as much. */
  const settled = place => {
    const [legend, title, plot] = ["legend", "xtitle", "nsewdrag"].map(part => place.querySelector(`.${part}`)?.getBoundingClientRect());
    if (!(legend?.height > 0 && title?.height > 0 && plot?.height > 0)) return;
    const missing = title.bottom + 6 - legend.top;
    if (missing <= 0 || legend.bottom < plot.bottom) return;
    const { legend: { y }, height } = place.layout;
    place.style.minHeight = `${height + missing}px`;
    Plotly.relayout(place, { "legend.y": y - missing / plot.height, height: height + missing });
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
      place.style.minHeight = `${figureOf(place).layout.height ?? 450}px`;
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

  // A chart without a width of its own follows its place by itself, but for the lines of its titles.
  addEventListener("resize", () => {
    for (const [place, shape] of drawn) {
      if (place.clientWidth === 0 || shapeOf(figureOf(place).layout) === shape) continue;
      Plotly.purge(place);   // react would measure a colour bar that lies down as one that stands
      draw(place);
    }
  });

  document.addEventListener("theme", () => [...drawn.keys()].forEach(place => {
    Plotly.relayout(place, colours());
    recolour(place, isDark());
  }));

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
      recolour(place, false);
    }
  });
  addEventListener("afterprint", () => {
    for (const place of [...drawn.keys()].filter(place => !isFolded(place))) draw(place);
  });
}
