// Parts of the page: texts of logs become text nodes here, and nothing else.

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const MOST_CHARACTERS = 1024;
const COUNTS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const UNITS = ["B", "kB", "MB", "GB", "TB"];
const SVG = "http://www.w3.org/2000/svg";

/** A text of a log as a person may see it: what is invisible or turns text around is an escape. */
export function shown(text) {
  const cut = String(text).slice(0, MOST_CHARACTERS);
  return cut.replace(UNSEEN, (one) => {
    const code = one.codePointAt(0).toString(16);
    if (code.length > 4) return `\\U${code.padStart(8, "0")}`;
    return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
  });
}

/** A count with separators of thousands. */
export function count(value) {
  return value === null || value === undefined ? "" : COUNTS.format(value);
}

/** A number of bytes in decimal units. */
export function bytes(value) {
  if (value === null || value === undefined) return "";
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit += 1) value /= 1000;
  return `${COUNTS.format(value)} ${UNITS[unit]}`;
}

/** A duration of some seconds. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${COUNTS.format(seconds)} s`;
}

/** A Unix time as local time; with the date where it is not of today. */
export function clock(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const at = new Date(seconds * 1000);
  const isToday = at.toDateString() === new Date().toDateString();
  return isToday ? at.toLocaleTimeString("sv") : at.toLocaleString("sv");
}

/** Sets a text, if it is another one. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A cell of a table: a text, and a class of ours. */
export function cell(text, className = "") {
  return { text, className };
}

/** A cell with a number. */
export function numeric(text, className = "") {
  return cell(text, `number ${className}`.trim());
}

/** Makes the rows of a table these, in place, so that selections and scrolling stay. */
export function setRows(body, rows, share = null) {
  fit(body, rows.length, "tr");
  rows.forEach((cells, i) => {
    const row = body.children[i];
    fit(row, cells.length, "td");
    cells.forEach((one, j) => {
      const element = row.children[j];
      setText(element, one.text);
      if (element.className !== one.className) element.className = one.className;
    });
    if (share) row.style.setProperty("--width", `${(100 * share(i)).toFixed(1)}%`);
  });
}

/** Makes the items of a list these texts. */
export function setItems(list, texts) {
  fit(list, texts.length, "li");
  texts.forEach((text, i) => setText(list.children[i], text));
}

/** Gives an element so many children, keeping those that are there. */
export function fit(parent, length, tag) {
  while (parent.children.length > length) parent.lastElementChild.remove();
  while (parent.children.length < length) parent.append(document.createElement(tag));
}

/** A card with a table of shares. */
export function card(title, headings) {
  const box = document.createElement("div");
  const heading = document.createElement("h3");
  const note = document.createElement("small");
  heading.append(shown(title), " ", note);
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  scroll.setAttribute("aria-label", shown(title));
  const table = document.createElement("table");
  table.className = "shares";
  const row = table.createTHead().insertRow();
  headings.forEach((text, i) => {
    const column = document.createElement("th");
    column.scope = "col";
    column.textContent = text;
    if (i > 0) column.className = "number";
    row.append(column);
  });
  const body = table.createTBody();
  scroll.append(table);
  box.append(heading, scroll);
  return { box, note, body };
}

/** Draws counts as bars, in place. */
export function setBars(svg, counts) {
  const most = Math.max(0, ...counts);
  const [width, height] = [180, 40];
  const step = width / counts.length;
  const bars = [...svg.querySelectorAll("rect")];
  while (bars.length < counts.length) {
    const bar = document.createElementNS(SVG, "rect");
    svg.append(bar);
    bars.push(bar);
  }
  bars.forEach((bar, i) => {
    const tall = ((counts[i] ?? 0) / Math.max(1, most)) * (height - 1);
    bar.setAttribute("x", (i * step).toFixed(2));
    bar.setAttribute("y", (height - tall).toFixed(2));
    bar.setAttribute("width", (step * 0.85).toFixed(2));
    bar.setAttribute("height", tall.toFixed(2));
  });
  return most;
}
