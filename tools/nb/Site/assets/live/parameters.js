// The cell tagged `parameters` as sliders and menus. A value moves in the code of the cell; nothing else holds it.
import { element } from "./dom.js";

const line = /^(\s*(?:var|int|long|float|double|bool|string|[A-Z]\w*)\s+(\w+)\s*=\s*)([^;\n]+?)(\s*;)/gm;
const integer = /^-?\d[\d_]*$/, real = /^-?[\d_]*\.?\d[\d_]*(?:[eE][+-]?\d+)?[dDfFmM]?$/, member = /^([A-Z]\w*)\.(\w+)$/, text = /^"[^"\\]*"$/;

/** The parameters that the code sets: { name, value, kind: "integer" | "real" | "bool" | "enum" | "text", type }. */
export function parametersIn(code) {
  return [...code.matchAll(line)].map(([, , name, value]) => ({ name, value, ...kindOf(value) })).filter(parameter => parameter.kind);
}

function kindOf(value) {
  if (integer.test(value)) return { kind: "integer" };
  if (real.test(value)) return { kind: "real" };
  if (value === "true" || value === "false") return { kind: "bool" };
  if (member.test(value)) return { kind: "enum", type: value.match(member)[1] };
  return text.test(value) ? { kind: "text" } : {};
}

/** The code with another value for one of its parameters. */
export const withValue = (code, name, value) =>
  code.replace(line, (all, before, other, old, after) => other === name ? `${before}${value}${after}` : all);

const numberOf = value => Number(value.replaceAll("_", "").replace(/[dDfFmM]$/, ""));

/** A number in the manner of the one that stands there: 10_000 keeps its stroke, 1.0 its point, 2f its letter. */
export function written(number, old) {
  if (integer.test(old)) {
    const digits = String(Math.round(number));
    return old.includes("_") || digits.length > 4 && /_/.test(old) ? digits.replace(/\B(?=(\d{3})+$)/g, "_") : digits;
  }
  const letter = old.match(/[dDfFmM]$/)?.[0] ?? "", digits = String(Number(number.toPrecision(6)));
  return digits + (letter || /[.e]/.test(digits) ? "" : ".0") + letter;
}

/** From where to where a slider goes, and in which steps, when nothing says otherwise. */
export function rangeOf(name, value, kind) {
  const nice = x => { const ten = 10 ** Math.floor(Math.log10(x)); return ten * [1, 2, 5, 10].find(step => step >= x / ten - 1e-9); };
  if (kind === "integer") {
    if (/seed$/i.test(name)) return [1, Math.max(100, value), 1];
    if (value <= 0) return [Math.min(0, 4 * value), 10, 1];
    const most = nice(4 * value), step = Math.max(1, nice(most / 100));
    return [step, most, step];
  }
  if (value === 0) return [0, 1, 0.01];
  if (value < 0) return [nice(-4 * value) * -1, nice(-4 * value), nice(-value / 20)];
  return value >= 0.5 && value < 1 ? [0, 1, 0.01] : [0, nice(4 * value), nice(value / 20)];
}

/** The panel for a cell: `moved()` when the reader lets go. Null when there is nothing to move. */
export function parameterPanel(cell, enums, moved) {
  const rows = parametersIn(cell.original).map(parameter => {
    const { name, kind } = parameter;
    const now = () => parametersIn(cell.code).find(other => other.name === name)?.value;
    const write = value => { cell.code = withValue(cell.code, name, value); };
    const id = `parameter-${name}`;
    const choices = kind === "bool" ? ["false", "true"] : kind === "enum" ? (enums[parameter.type] ?? []).map(item => `${parameter.type}.${item}`)
      : kind === "text" ? (Array.isArray(cell.ranges[name]) ? cell.ranges[name].map(item => JSON.stringify(item)) : []) : null;
    if (choices?.length === 0) return null;
    if (choices) {
      const menu = element("select", { id, onchange: () => { write(menu.value); moved(); } },
        ...choices.map(choice => element("option", { value: choice }, choice.replace(/^\w+\./, "").replaceAll('"', ""))));
      return { row: [element("label", { for: id }, name), menu], show: () => { if (now()) menu.value = now(); } };
    }
    const [min, max, step] = cell.ranges[name] ?? rangeOf(name, numberOf(parameter.value), kind);
    const slider = element("input", { id, type: "range", min, max, step, oninput: () => write(written(slider.valueAsNumber, parameter.value)), onchange: moved });
    const field = element("input", { type: "number", step: "any", "aria-label": `${name} as a number`, onchange: () => {
      if (!Number.isFinite(field.valueAsNumber)) return;
      write(written(field.valueAsNumber, parameter.value));
      moved();
    } });
    return { row: [element("label", { for: id }, name), slider, field], show: () => {
      if (!now()) return;
      if (document.activeElement !== field) field.value = numberOf(now());
      slider.value = numberOf(now());
    } };
  }).filter(row => row);
  if (rows.length === 0) return null;
  const panel = element("div", { class: "parameter-panel", role: "group", "aria-label": "The numbers of the cell" },
    ...rows.map(({ row }) => element("div", {}, ...row)));
  const show = () => rows.forEach(row => row.show());
  show();
  return { panel, show };
}
