// The notebook as it stands on the page: with what was changed, and with what came out.

/** The text of the file: the notebook that the page was made of, with the cells of the page in it. */
export function withCells(notebook, cells) {
  for (const node of notebook.cells) {
    const cell = cells.find(other => other.id === node.id);
    if (!cell) continue;
    if (cell.isChanged) {
      node.source = linesOf(cell.code);
      delete notebook.metadata.nb;   // it says which sources the stored results belong to
    }
    const ran = cell.outputs.list;
    if (ran) [node.outputs, node.execution_count] = [ran.map(complete), cell.count ?? null];
    else if (cell.isChanged) [node.outputs, node.execution_count] = [[], null];   // they are not those of this code
  }
  return JSON.stringify(notebook, null, 1) + "\n";

  function complete(output) {
    const whole = structuredClone(output);
    if (whole.output_type === "stream") whole.text = linesOf(Array.isArray(whole.text) ? whole.text.join("") : whole.text);
    if (whole.data) whole.metadata ??= {};
    return whole;
  }
}

const linesOf = text => text === "" ? [] : text.split(/(?<=\n)/);

export async function download(address, cells) {
  const response = await fetch(new URL(address, document.baseURI));
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  const file = new Blob([withCells(await response.json(), cells)], { type: "application/x-ipynb+json" });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: decodeURIComponent(address.split("/").at(-1)) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
