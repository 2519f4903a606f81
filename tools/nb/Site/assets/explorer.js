"use strict";
// The explorer: three sliders choose one of the runs that tools/explorer made, and its curves are drawn.
{
  const grid = JSON.parse(document.getElementById("runs").textContent);
  const find = id => document.getElementById(id);
  const number = value => value.toLocaleString("en");
  const runAt = (rate, hidden, batch) => grid.runs[(rate * grid.hiddenUnits.length + hidden) * grid.batchSizes.length + batch];
  const sliders = { rate: grid.learningRates, hidden: grid.hiddenUnits, batch: grid.batchSizes };
  const at = id => Number(find(id).value);
  const valueOf = id => sliders[id][at(id)];
  const isAll = batch => batch >= grid.trainingCount;
  let kept = null, epoch = grid.epochs, playing = 0;

  /** Curves of a run: losses as they are, errors in per cent. */
  const curvesOf = run => ({
    loss: { training: run.trainingLoss, validation: run.validationLoss },
    errors: {
      training: run.trainingErrors.map(count => 100 * count / grid.trainingCount),
      validation: run.validationErrors.map(count => 100 * count / grid.validationCount),
    },
  });

  // ── charts ──

  const axes = {
    loss: { lowest: 0.001, highest: 10, ticks: [0.001, 0.01, 0.1, 1, 10], unit: "" },
    errors: { lowest: 0.1, highest: 100, ticks: [0.1, 1, 10, 100], unit: " %" },
  };
  const [leftEdge, rightEdge, topEdge, bottomEdge] = [62, 450, 12, 262];

  /** The curves of a run up to the epoch that is shown. */
  function chart(name, whole, old, lowest) {
    const curves = { training: whole.training.slice(0, epoch + 1), validation: whole.validation.slice(0, epoch + 1) };
    const { lowest: low, highest: high, ticks, unit } = axes[name];
    const x = epoch => leftEdge + (rightEdge - leftEdge) * epoch / grid.epochs;
    const y = value => bottomEdge - (bottomEdge - topEdge) * Math.log(Math.min(high, Math.max(low, value)) / low) / Math.log(high / low);
    const line = (values, kind) => {
      const path = values.map((value, epoch) => `${epoch ? "L" : "M"}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`).join("");
      // A run that diverged at once has one point only.
      const end = values.length === 1 || values.length <= epoch ? `<circle class="${kind} point" cx="${x(values.length - 1)}" cy="${y(values.at(-1))}" r="4"/>` : "";
      return `<path class="${kind}" d="${path}"/>${end}`;
    };
    const horizontal = ticks.map(tick =>
      `<line class="grid" x1="${leftEdge}" x2="${rightEdge}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${leftEdge - 8}" y="${y(tick) + 5}" text-anchor="end">${tick}${unit}</text>`);
    const vertical = [0, 5, 10, 15, 20].filter(epoch => epoch <= grid.epochs).map(epoch =>
      `<text x="${x(epoch)}" y="${bottomEdge + 20}" text-anchor="middle">${epoch}</text>`);
    const ring = lowest === null || lowest > epoch ? "" : `<circle class="ring" cx="${x(lowest)}" cy="${y(curves.validation[lowest])}" r="7"/>`;
    find(name).innerHTML = horizontal.join("") + vertical.join("")
      + `<text x="${(leftEdge + rightEdge) / 2}" y="${bottomEdge + 36}" text-anchor="middle">epoch</text>`
      + (old ? line(old.validation, "kept") : "") + line(curves.training, "training") + line(curves.validation, "validation") + ring;
    const last = values => `${Number(values.at(-1).toPrecision(3))}${unit}`;
    find(name).setAttribute("aria-label", `${name === "loss" ? "Loss" : "Wrong answers"} over ${curves.training.length - 1} epochs. `
      + `${epoch < grid.epochs ? `After epoch ${curves.training.length - 1}` : "At the end"}: training ${last(curves.training)}, validation ${last(curves.validation)}.`);
  }

  // ── what is said ──

  /** The standard error of a share of the validation images, in percentage points, equation (8.6). */
  const standardError = share => 100 * Math.sqrt(share * (1 - share) / grid.validationCount);
  const describe = (rate, hidden, batch) =>
    `η = ${sliders.rate[rate]}, h = ${sliders.hidden[hidden]}, B = ${number(sliders.batch[batch])}`;

  function resultOf(run) {
    const steps = Math.ceil(grid.trainingCount / valueOf("batch"));
    if (run.diverged && epoch >= run.diverged) {
      return `<strong>Diverged</strong> in epoch ${run.diverged}: the loss became infinite, or far larger than before training. `
        + (run.diverged > 1 ? "The curves show the epochs before." : "Only the untrained network could be measured.");
    }
    const wrong = run.validationErrors[epoch], share = wrong / grid.validationCount;
    const dead = epoch < grid.epochs ? "" : run.deadUnits === valueOf("hidden")
      ? ` All ${run.deadUnits} hidden units are off for every training image: the network gives the same answer to all of them, and no derivative comes through ReLU to change that.`
      : run.deadUnits > 0 ? ` ${run.deadUnits} of ${valueOf("hidden")} hidden units ${run.deadUnits === 1 ? "is" : "are"} off for every training image.` : "";
    return `<strong>${(100 * share).toFixed(2)} %</strong> wrong on the validation images (${number(wrong)} of ${number(grid.validationCount)}, `
      + `standard error ${standardError(share).toFixed(2)} percentage points), ${(100 * run.trainingErrors[epoch] / grid.trainingCount).toFixed(2)}\u00a0% on the training images, `
      + `after ${epoch === grid.epochs ? "" : `epoch ${epoch}, `}${number(epoch * steps)} steps.${dead}`;
  }

  /** What the curves say, in words: only what the numbers of this run bear out. */
  function verdictOf(run) {
    const loss = run.validationLoss, last = loss.at(-1), end = loss.slice(-6), lowest = loss.indexOf(Math.min(...loss));
    const inPercent = share => `${(100 * share).toFixed(0)} %`, fell = `In the last five epochs the validation loss fell by ${inPercent(1 - last / end[0])}`;
    if (run.diverged || run.deadUnits > valueOf("hidden") / 2) return "The steps are too long: take a smaller learning rate.";
    if (end.some((value, i) => i > 0 && value > 1.2 * end[i - 1])) return "The loss jumps: the steps are too long to come to rest.";
    if (last > 1.05 * loss[lowest] && run.trainingLoss.at(-1) < run.trainingLoss[lowest])
      return `The validation loss was lowest after epoch ${lowest}. It is now ${inPercent(last / loss[lowest] - 1)} higher, and the training loss is lower: the network learns its training images by heart.`;
    if (last > 2) return `The loss is still ${last.toFixed(2)}; that of guessing is log 10 = 2.30${run.deadUnits === 0 ? ". The steps are too short, or too few" : ""}.`;
    // What was lower long ago is no training that goes on.
    if (last < 0.9 * end[0] && lowest > grid.epochs - 5) return `${fell}: training is not finished.`;
    if (lowest < grid.epochs) return `The validation loss was lowest after epoch ${lowest} and has not come below that since.`;
    return `${fell}: it still falls, but slowly.`;
  }

  // ── the table ──

  const cells = [];
  function makeMap() {
    const head = grid.learningRates.map(rate => `<th scope="col">${rate}</th>`).join("");
    find("map").innerHTML = `<tr><th scope="col"><i>B</i> \\ <i>η</i></th>${head}</tr>`;
    grid.batchSizes.forEach((size, batch) => {
      const row = find("map").insertRow();
      row.innerHTML = `<th scope="row">${isAll(size) ? "all" : size}</th>`;
      grid.learningRates.forEach((_, rate) => {
        const cell = row.insertCell();
        cell.addEventListener("click", () => {
          find("rate").value = rate;
          find("batch").value = batch;
          show();
        });
        cells.push({ cell, rate, batch });
      });
    });
  }

  function showMap() {
    find("map-hidden").textContent = valueOf("hidden");
    for (const { cell, rate, batch } of cells) {
      const run = runAt(rate, at("hidden"), batch), isGone = run.validationErrors.length <= epoch;
      const share = (isGone ? run.validationErrors.at(-1) : run.validationErrors[epoch]) / grid.validationCount;
      cell.textContent = isGone ? "×" : (100 * share).toFixed(share < 0.1 ? 1 : 0);
      cell.title = `${describe(rate, at("hidden"), batch)}${run.diverged ? ": diverged" : ""}`;
      // From nothing at 50 % wrong to the full colour at 2 %.
      const good = isGone ? 0 : Math.min(1, Math.max(0, Math.log(0.5 / share) / Math.log(0.5 / 0.02)));
      cell.style.setProperty("--good", `${Math.round(60 * good)}%`);
      const chosen = rate === at("rate") && batch === at("batch");
      cell.classList.toggle("chosen", chosen);
      if (chosen) cell.setAttribute("aria-current", "true");
      else cell.removeAttribute("aria-current");
    }
  }

  // ── all together ──

  function show() {
    for (const id of Object.keys(sliders)) {
      const text = id === "batch" && isAll(valueOf(id)) ? `${number(valueOf(id))} (all)` : number(valueOf(id));
      find(`${id}-value`).textContent = id === "rate" ? valueOf(id) : text;
      find(id).setAttribute("aria-valuetext", id === "rate" ? valueOf(id) : text);
    }
    const run = runAt(at("rate"), at("hidden"), at("batch")), curves = curvesOf(run);
    const lowest = run.validationLoss.indexOf(Math.min(...run.validationLoss));   // (7.2)
    find("result").innerHTML = resultOf(run);
    find("verdict").textContent = epoch < grid.epochs ? `Epoch ${epoch} of ${grid.epochs}: what the whole run says stands here at its end.` : verdictOf(run);
    find("epoch").value = epoch;
    find("epoch-value").textContent = epoch;
    find("map-epoch").textContent = epoch === grid.epochs ? "the last epoch" : `epoch ${epoch}`;
    for (const name of ["loss", "errors"]) chart(name, curves[name], kept?.[name], name === "loss" ? lowest : null);
    showMap();
    keepAddress();
  }

  // ── the epochs play ──

  function play() {
    stop();
    if (epoch >= grid.epochs) epoch = -1;
    find("play").textContent = "Pause";
    const step = () => {
      epoch++;
      if (epoch >= grid.epochs) stop();
      show();
    };
    step();
    playing = setInterval(step, 250);
  }
  function stop() {
    clearInterval(playing);
    playing = 0;
    find("play").textContent = "Play the epochs";
  }
  find("play").addEventListener("click", () => playing ? stop() : play());
  find("epoch").max = grid.epochs;
  find("epoch").addEventListener("input", () => {
    stop();
    epoch = Number(find("epoch").value);
    show();
  });

  // ── the address: #rate=0.1&hidden=64&batch=32, by value, so that it still leads there when the grid gets finer ──

  function keepAddress() {
    const place = new URLSearchParams(Object.keys(sliders).map(id => [id, valueOf(id)]));
    if (epoch < grid.epochs && !playing) place.set("epoch", epoch);
    if (!playing) history.replaceState(null, "", `#${place}`);
  }
  function readAddress() {
    const place = new URLSearchParams(location.hash.slice(1));
    for (const [id, values] of Object.entries(sliders)) {
      const index = values.indexOf(Number(place.get(id)));
      if (place.has(id) && index >= 0) find(id).value = index;
    }
    const asked = Number(place.get("epoch") ?? grid.epochs);
    epoch = Number.isInteger(asked) && asked >= 0 && asked <= grid.epochs ? asked : grid.epochs;
  }

  for (const [id, values] of Object.entries(sliders)) {
    find(id).max = values.length - 1;
    find(id).addEventListener("input", show);
  }
  [find("rate").value, find("hidden").value, find("batch").value] = [4, 4, 1];
  readAddress();
  addEventListener("hashchange", () => { readAddress(); show(); });
  find("keep").addEventListener("click", () => {
    kept = curvesOf(runAt(at("rate"), at("hidden"), at("batch")));
    find("kept").textContent = `kept, validation: ${describe(at("rate"), at("hidden"), at("batch"))}`;
    find("kept").hidden = find("drop").disabled = false;
    show();
  });
  find("drop").addEventListener("click", () => {
    kept = null;
    find("kept").hidden = find("drop").disabled = true;
    show();
  });
  find("what").textContent = `${number(grid.runs.length)} networks 784-h-10, each trained for ${grid.epochs} epochs, unless it diverged, on the same `
    + `${number(grid.trainingCount)} images of MNIST and measured on ${number(grid.validationCount)} others, on ${grid.date}: `
    + `${number(grid.seconds)} seconds together, ${grid.machine}.`;
  makeMap();
  show();
}
