// The status page: what the service says each second, and the events as they come.

import {
  bytes, card, cell, clock, count, duration, fit, numeric, setBars, setItems, setRows, setText, shown,
} from "/assets/parts.js";

const SILENT_MILLISECONDS = 5000;
const MOST_EVENTS = 50;
const MOST_SAMPLES = 10;

const at = (id) => document.getElementById(id);
const announcement = at("announcement");
const cards = new Map();
const events = [];
const samples = [];
let isPaused = false;
let mustShowEvents = false;
let configHash = null;
let announced = "";
let lastSign = 0;
let shownAt = null;

/** Has a screen reader say something, once. */
function announce(text) {
  if (text !== announced) setText(announcement, text);
  announced = text;
}

function setConnection(isLive) {
  const pill = at("connection");
  setText(pill, isLive ? "live" : "no connection");
  pill.className = `pill ${isLive ? "live" : "lost"}`;
  if (isLive) return;
  if (shownAt !== null) setText(at("state"), `what it was at ${clock(shownAt)}`);
  announce("The connection to the service is lost; the page shows what it was.");
}

function showThroughput(state) {
  setText(at("rate"), count(state.per_second));
  setText(at("lines"), count(state.lines));
  const share = state.lines ? (100 * state.rejected) / state.lines : 0;
  setText(at("rejected"), `${count(state.rejected)} (${share.toFixed(2)} %)`);
  setText(at("size"), bytes(state.size_bytes));
  setText(at("durable"), clock(state.commit.last_success_at));
  const most = setBars(at("chart"), state.history);
  setText(at("chart-most"), `at most ${count(most)} in a second`);
  const latest = count(state.per_second);
  setText(at("chart-title"), `Lines per second in the last 3 minutes: at most ${count(most)}, now ${latest}`);
  document.title = `${latest}/s · logagent`;
}

function showProblems(problems) {
  const texts = problems.map((one) => {
    const place = one.path ?? [one.origin, one.line, one.column].filter(Boolean).join(":");
    const hint = one.hint ? ` (${one.hint})` : "";
    return shown(`${place ? `${place}: ` : ""}${one.message}${hint}`);
  });
  at("problems").hidden = texts.length === 0;
  setItems(at("problems").querySelector("ul"), texts);
}

function showAlerts(firing, past) {
  const section = at("alerts");
  const texts = firing.map((one) => shown(`${one.name} since ${clock(one.instant)}: ${one.text}`));
  section.querySelector(".none").hidden = texts.length > 0;
  section.classList.toggle("bad", texts.length > 0);
  setItems(section.querySelector(".firing"), texts);
  const rows = past.map((one) => [
    cell(clock(one.instant)), cell(shown(one.name)),
    cell(one.phase === "close" ? "recovered" : "fires", one.phase === "close" ? "close" : "open"),
    cell(shown(one.text), "long"),
  ]);
  section.querySelector(".scroll").hidden = rows.length === 0;
  setRows(section.querySelector("tbody"), rows);
}

function showFiles(files) {
  const rows = files.map((file) => [
    cell(shown(file.path), "long"),
    cell(shown(file.source)),
    numeric(bytes(file.size)),
    numeric(file.behind_bytes ? `${bytes(file.behind_bytes)}, ${duration(file.behind_seconds)}` : "–"),
    cell(shown(file.problem ?? file.format ?? file.stage), file.problem ? "failed" : ""),
  ]);
  setRows(at("files").querySelector("tbody"), rows);
}

const KINDS = { label: "label", top: "most frequent", slowest: "slowest first" };

function headingsOf(table) {
  return ["value", "total", "last 10 s", ...(table.kind === "slowest" ? ["slow"] : [])];
}

function showTables(tables, categories) {
  const section = at("counts");
  section.querySelector(".none").hidden = tables.length > 0;
  const keys = new Set(tables.map((table) => table.key));
  for (const [key, { box }] of cards) {
    if (!keys.has(key)) {
      box.remove();
      cards.delete(key);
    }
  }
  for (const table of tables) {
    let own = cards.get(table.key);
    if (!own) {
      own = card(table.title, headingsOf(table));
      cards.set(table.key, own);
      section.querySelector(".cards").append(own.box);
    }
    const kind = categories.includes(table.key) ? "category" : KINDS[table.kind];
    const shownRows = Math.min(table.rows.length, table.values);
    setText(own.note, `${kind}${table.values > shownRows ? `, ${shownRows} of ${count(table.values)}` : ""}`);
    const most = Math.max(1, ...table.rows.map((row) => row.total));
    const rows = table.rows.map((row) => [
      cell(shown(row.text), "long"),
      numeric(`${row.error * 20 > row.total ? "≤" : ""}${count(row.total)}`),
      numeric(count(row.recent), row.recent ? "hot" : ""),
      ...(table.kind === "slowest" ? [numeric(duration(row.seconds))] : []),
    ]);
    setRows(own.body, rows, (i) => table.rows[i].total / most);
  }
}

function showRejects(rejects) {
  const section = at("rejects");
  const rows = rejects.map((one) => [
    cell(shown(one.reason)), cell(shown(one.path), "long"), numeric(count(one.count)),
  ]);
  section.querySelector(".none").hidden = rows.length > 0;
  section.querySelector(".scroll").hidden = rows.length === 0;
  setRows(section.querySelector("tbody"), rows);
}

async function showConfiguration(hash) {
  configHash = hash;
  const answer = await fetch("/api/v1/config");
  if (!answer.ok) return;
  const configuration = await answer.json();
  setText(at("config-path"), shown(configuration.path));
  setText(at("config-hash"), configuration.sha256.slice(0, 16));
  setText(at("config-loaded"), clock(configuration.loaded_at));
  at("outline").textContent = configuration.outline.map(shown).join("\n");
  const rows = configuration.reloads.map((one) => [
    cell(clock(one.at)), cell(shown(one.occasion)), cell(one.outcome, one.outcome), cell(shown(one.text), "long"),
  ]);
  at("reloads").hidden = rows.length === 0;
  setRows(at("reloads").querySelector("tbody"), rows);
}

function show(state) {
  shownAt = state.at;
  setText(at("state"), shown(state.state));
  setText(at("version"), shown(state.version));
  showThroughput(state);
  showProblems(state.problems);
  showAlerts(state.alerts, state.alert_history);
  showFiles(state.files);
  showTables(state.tables, state.categories);
  showRejects(state.rejects);
  const hash = `${state.config.sha256} ${state.config.reload_attempted_at}`;
  if (hash !== configHash) void showConfiguration(hash);
  const alerts = state.alerts.map((one) => shown(one.name)).join(", ");
  const problems = state.problems.length;
  const words = [alerts && `Firing: ${alerts}.`, problems && `Problems: ${problems}.`].filter(Boolean);
  announce(words.join(" ") || "No alerts, no problems.");
}

/** What an entry of the event log says, in a line. */
function wordsOf(entry) {
  const body = entry.body;
  const words = body.message ?? body.text ?? body.summary ?? body.event;
  return typeof words === "string" ? words : JSON.stringify(body);
}

function showEvents() {
  const section = at("events");
  section.querySelector(".none").hidden = events.length > 0;
  section.querySelector(".scroll").hidden = events.length === 0;
  const rows = events.map((one) => [
    cell(clock(one.event_time ?? one.received)), cell(shown(one.stream)), cell(shown(wordsOf(one)), "long"),
  ]);
  setRows(section.querySelector("tbody"), rows);
}

/** Samples that have one pattern, the newest first: how many there are, and the newest of them. */
function byPattern(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const key = `${entry.source} ${entry.body.pattern_id ?? entry.id}`;
    const group = groups.get(key) ?? { newest: entry, samples: 0 };
    group.samples += 1;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function showSamples() {
  const list = at("rejects").querySelector(".samples");
  const groups = byPattern(samples);
  fit(list, groups.length, "li");
  groups.forEach(({ newest, samples: among }, i) => {
    const { reason, column, expected, got, line, pattern } = newest.body;
    fit(list.children[i], 2, "code");
    const [where, text] = list.children[i].children;
    const words = [`${clock(newest.received)} ${reason ?? "refused"}`];
    if (column) words.push(`column ${column}`);
    if (expected) words.push(`expected ${expected}`);
    if (got) words.push(`got ${got}`);
    if (among > 1 && pattern) words.push(`${among} samples like ${pattern}`);
    setText(where, shown(words.join(", ")));
    setText(text, shown(line ?? ""));
  });
}

function take(entry) {
  const list = entry.stream === "rejects" ? samples : events;
  list.unshift(entry);
  list.length = Math.min(list.length, entry.stream === "rejects" ? MOST_SAMPLES : MOST_EVENTS);
  mustShowEvents = true;
}

/**
 * Follows a stream while somebody looks: a browser has few connections for all of its tabs. `begin`
 * is called before each connection of ours, `fail` when one is lost.
 */
function follow(path, take, begin, fail) {
  let source = null;
  const open = () => {
    if (source || document.hidden) return;
    begin();
    source = new EventSource(path);
    source.onmessage = (message) => take(JSON.parse(message.data));
    source.onerror = () => {
      fail();
      // The browser connects again by itself, unless it was refused.
      if (source?.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(open, SILENT_MILLISECONDS);
    };
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  open();
}

// However many events come, they are drawn a few times a second.
setInterval(() => {
  if (!mustShowEvents || isPaused) return;
  mustShowEvents = false;
  showEvents();
  showSamples();
}, 300);

setInterval(() => {
  if (!document.hidden && Date.now() - lastSign > SILENT_MILLISECONDS) setConnection(false);
}, SILENT_MILLISECONDS / 2);

at("pause").addEventListener("click", () => {
  isPaused = !isPaused;
  at("pause").setAttribute("aria-pressed", String(isPaused));
  setText(at("pause"), isPaused ? "Go on" : "Pause");
});

setText(at("host"), location.host);
follow(
  "/api/v1/live",
  (state) => {
    lastSign = Date.now();
    setConnection(true);
    if (!isPaused) show(state);
  },
  () => { lastSign = Date.now(); },
  () => setConnection(false),
);
follow(
  "/api/v1/events?stream=agent,alerts,findings,rejects&since=-1h",
  take,
  () => { events.length = samples.length = 0; },
  () => {},
);
