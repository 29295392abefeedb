"use strict";
const day = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const number = (value, digits = 0) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const mwh = (wh, digits = 2) => number(wh / 1e6, digits);
const cny = (fen, digits = 2) => number(fen / 100, digits);
const hour = (session) => `${String(session.hour).padStart(2, "0")}:00`;

/* SVG by hand: a few lines and bars need no library. */
const element = (name, attributes, text) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
};
const ticks = (low, high, count = 5) => {
  const rough = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough);
  const out = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) out.push(at);
  return out;
};
/* A plot area with a left axis, an optional right axis, and a function from data to pixels. */
function plot(where, { x, left, right, xTicks, xLabel, leftLabel, rightLabel, width = 640, height = 300 }) {
  const box = { left: 52, right: right ? 52 : 14, top: 16, bottom: 40 };
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img" });
  const scale = ([low, high], from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);
  const at = { x: scale(x, box.left, width - box.right), left: scale(left, height - box.bottom, box.top), right: right && scale(right, height - box.bottom, box.top) };
  for (const tick of ticks(...left)) {
    svg.append(element("line", { class: "axis", x1: box.left, x2: width - box.right, y1: at.left(tick), y2: at.left(tick) }));
    svg.append(element("text", { x: box.left - 6, y: at.left(tick) + 4, "text-anchor": "end" }, number(tick, tick % 1 ? 1 : 0)));
  }
  if (right) for (const tick of ticks(...right)) svg.append(element("text", { x: width - box.right + 6, y: at.right(tick) + 4 }, number(tick, tick % 1 ? 1 : 0)));
  for (const [value, label] of xTicks) svg.append(element("text", { x: at.x(value), y: height - box.bottom + 17, "text-anchor": "middle" }, label));
  svg.append(element("text", { x: (box.left + width - box.right) / 2, y: height - 6, "text-anchor": "middle" }, xLabel));
  svg.append(element("text", { x: 4, y: 10 }, leftLabel));
  if (right) svg.append(element("text", { x: width - 4, y: 10, "text-anchor": "end" }, rightLabel));
  byId(where).replaceChildren(svg);
  return { svg, at, bottom: height - box.bottom, top: box.top };
}
const path = (points, attributes) => element("path", { d: points.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)},${y.toFixed(1)}`).join(""), fill: "none", "stroke-width": 2, ...attributes });
const bar = (x, width, top, bottom, attributes) => element("rect", { x, width, y: top, height: Math.max(0, bottom - top), ...attributes });
const span = (values, floor) => {
  const known = values.filter((value) => value !== null && Number.isFinite(value));
  if (!known.length) return [0, 1];
  const low = floor ?? Math.min(...known);
  const high = Math.max(...known);
  const margin = (high - low || high || 1) * 0.06;
  return [floor ?? low - margin, high + margin];
};

let chosen = day.sessions.reduce((best, session, index) => (session.matched_wh > day.sessions[best].matched_wh ? index : best), 0);
let round = 0;

function overview() {
  const sessions = day.sessions;
  const prices = sessions.flatMap((session) => [session.price_low, session.price_high]).filter((price) => price !== null);
  const { svg, at, bottom, top } = plot("overview", { width: 1120, height: 280, x: [-0.5, sessions.length - 0.5],
    left: span(sessions.map((session) => session.matched_wh / 1e6), 0), right: span(prices.map((price) => price / 100)),
    xTicks: sessions.map((session, index) => [index, String(session.hour)]), xLabel: "delivery hour", leftLabel: "MWh", rightLabel: "CNY/MWh" });
  const step = at.x(1) - at.x(0);
  sessions.forEach((session, index) => svg.append(bar(at.x(index) - step * 0.36, step * 0.72, at.left(session.matched_wh / 1e6), bottom, { fill: "var(--trade)", opacity: 0.75 })));
  for (const [field, colour] of [["price_high", "--buy"], ["price_low", "--sell"]]) {
    const points = sessions.flatMap((session, index) => (session[field] === null ? [] : [[at.x(index), at.right(session[field] / 100)]]));
    svg.append(path(points, { stroke: `var(${colour})` }));
    for (const [x, y] of points) svg.append(element("circle", { cx: x, cy: y, r: 3, fill: `var(${colour})` }));
  }
  sessions.forEach((session, index) => {
    const hit = bar(at.x(index) - step / 2, step, top, bottom, { class: index === chosen ? "hit chosen" : "hit" });
    hit.append(element("title", {}, `${hour(session)}: ${mwh(session.matched_wh)} MWh in ${session.rounds.length} rounds`));
    hit.addEventListener("click", () => choose(index));
    svg.append(hit);
  });
}

/* Steps of cumulated volume by price; asks rise, bids fall. */
function steps(orders, sign) {
  let sum = 0;
  return [...orders].sort((a, b) => sign * (a[0] - b[0])).flatMap(([price, wh]) => {
    const from = sum;
    sum += wh / 1e6;
    return [[from, price / 100], [sum, price / 100]];
  });
}

function curves() {
  const book = day.sessions[chosen].rounds[round];
  if (!book) return byId("curves").replaceChildren();
  const asks = steps(book.asks, 1);
  const bids = steps(book.bids, -1);
  const volumes = [...asks, ...bids].map(([volume]) => volume);
  const high = span(volumes, 0);
  const { svg, at, bottom } = plot("curves", { x: high, left: span([...asks, ...bids].map(([, price]) => price)),
    xTicks: ticks(...high, 6).map((tick) => [tick, number(tick, tick % 1 ? 1 : 0)]), xLabel: "cumulated volume, MWh", leftLabel: "CNY/MWh" });
  const pixels = (points) => points.map(([volume, price]) => [at.x(volume), at.left(price)]);
  svg.append(path(pixels(asks), { stroke: "var(--sell)" }), path(pixels(bids), { stroke: "var(--buy)" }));
  if (book.volume_wh > 0) {
    const x = at.x(book.volume_wh / 1e6);
    svg.append(element("line", { x1: x, x2: x, y1: at.left(book.price_high / 100), y2: bottom, stroke: "var(--trade)", "stroke-dasharray": "4 3" }));
    svg.append(element("line", { x1: x, x2: x, y1: at.left(book.price_low / 100), y2: at.left(book.price_high / 100), stroke: "var(--trade)", "stroke-width": 7, "stroke-linecap": "round" }));
    svg.append(element("text", { x: x + 8, y: bottom - 8 }, `${mwh(book.volume_wh)} MWh`));
  }
}

function convergence() {
  const rounds = day.sessions[chosen].rounds;
  if (!rounds.length) return byId("convergence").replaceChildren();
  const quotes = rounds.flatMap((one) => [one.best_sell, one.best_buy]).filter((price) => price !== null).map((price) => price / 100);
  const { svg, at, bottom } = plot("convergence", { x: [0.5, rounds.length + 0.5], left: span(rounds.map((one) => one.volume_wh / 1e6), 0), right: span(quotes),
    xTicks: rounds.map((one, index) => [index + 1, String(one.round)]), xLabel: "round", leftLabel: "MWh", rightLabel: "CNY/MWh" });
  const step = at.x(2) - at.x(1);
  rounds.forEach((one, index) => svg.append(bar(at.x(index + 1) - step * 0.3, step * 0.6, at.left(one.volume_wh / 1e6), bottom, { fill: "var(--trade)", opacity: index === round ? 0.9 : 0.55 })));
  for (const [field, colour] of [["best_buy", "--buy"], ["best_sell", "--sell"]]) {
    const points = rounds.flatMap((one, index) => (one[field] === null ? [] : [[at.x(index + 1), at.right(one[field] / 100)]]));
    svg.append(path(points, { stroke: `var(${colour})` }));
    for (const [x, y] of points) svg.append(element("circle", { cx: x, cy: y, r: 3.5, fill: `var(${colour})` }));
  }
}

function choose(index, newRound = 0) {
  chosen = index;
  round = newRound;
  byId("session").value = index;
  const session = day.sessions[index];
  byId("round").replaceChildren(...session.rounds.map((one, at) => new Option(`Round ${one.round}: ${one.asks.length} asks, ${one.bids.length} bids`, at, false, at === round)));
  const book = session.rounds[round];
  byId("outcome").textContent = book ? `${book.outcome.toLowerCase().replaceAll("_", " ")}; session ended: ${session.end_reason.toLowerCase().replaceAll("_", " ")}` : "no round";
  overview(); curves(); convergence();
  document.querySelectorAll("#sessions tbody tr").forEach((row, at) => row.classList.toggle("chosen", at === index));
}

function table(where, columns, rows, onRow) {
  let sorted = null;
  const body = document.createElement("tbody");
  const fill = (list) => body.replaceChildren(...list.map((row) => {
    const line = document.createElement("tr");
    for (const column of columns) {
      const cell = line.insertCell();
      cell.textContent = column.show(row);
      if (column.text) cell.className = column.code ? "text code" : "text";
    }
    if (onRow) line.addEventListener("click", () => onRow(rows.indexOf(row)));
    return line;
  }));
  const head = document.createElement("thead").insertRow();
  for (const column of columns) {
    const cell = document.createElement("th");
    if (column.text) cell.className = "text";
    const button = document.createElement("button");
    button.textContent = column.name;
    button.addEventListener("click", () => {
      const direction = sorted === column.name ? 1 : -1;
      sorted = sorted === column.name ? null : column.name;
      const value = column.value ?? column.show;
      fill([...body.rows].length ? [...shown].sort((a, b) => (value(a) < value(b) ? -direction : value(a) > value(b) ? direction : 0)) : []);
    });
    cell.append(button);
    head.append(cell);
  }
  let shown = rows;
  fill(shown);
  byId(where).replaceChildren(head.parentNode, body);
  return (wanted) => fill((shown = rows.filter(wanted)));
}

byId("day").textContent = day.day;
byId("lead").textContent = `${number(day.totals.members)} members of a real distribution grid traded ${day.sessions.length} delivery hours; every declaration was signed by its member and every clearing endorsed by three organizations.`;
byId("numbers").replaceChildren(...[
  [`${mwh(day.totals.matched_wh, 1)} MWh`, "matched"], [number(day.totals.trades), "trades"], [number(day.totals.orders), `orders in ${number(day.totals.bundles)} bundles`],
  [`${number(day.totals.efficiency_ppm / 1e4, 1)} %`, "of the possible surplus"], [cny(day.totals.fees_fen, 0), "CNY network fees"], [`${mwh(day.totals.certified_wh, 1)} MWh`, `certified green, ${mwh(day.totals.cancelled_wh, 1)} claimed`], [number(day.totals.transactions), "transactions"], [number(day.totals.transactions_per_second), "transactions per second"],
].map(([value, label]) => { const card = document.createElement("div"); card.innerHTML = "<b></b><span></span>"; card.children[0].textContent = value; card.children[1].textContent = label; return card; }));
byId("session").replaceChildren(...day.sessions.map((session, index) => new Option(hour(session), index)));
byId("session").addEventListener("change", (event) => choose(Number(event.target.value)));
byId("round").addEventListener("change", (event) => choose(chosen, Number(event.target.value)));
const price = (value) => (value === null ? "–" : cny(value));
table("sessions", [
  { name: "Hour", show: hour }, { name: "Rounds", show: (s) => String(s.rounds.length), value: (s) => s.rounds.length }, { name: "Orders", show: (s) => number(s.orders), value: (s) => s.orders },
  { name: "Trades", show: (s) => number(s.trades), value: (s) => s.trades }, { name: "Matched, MWh", show: (s) => mwh(s.matched_wh), value: (s) => s.matched_wh },
  { name: "Sellers got from, CNY/MWh", show: (s) => price(s.price_low), value: (s) => s.price_low }, { name: "Buyers paid up to", show: (s) => price(s.price_high), value: (s) => s.price_high },
  { name: "Efficiency, %", show: (s) => number(s.efficiency_ppm / 1e4, 1), value: (s) => s.efficiency_ppm }, { name: "Fees, CNY", show: (s) => cny(s.fees_fen), value: (s) => s.fees_fen },
  { name: "Grid, % of limit", show: (s) => `${s.grid.most_loaded} ${number(s.grid.load_ppm / 1e4, 0)}`, value: (s) => s.grid.load_ppm }, { name: "Cut by grid", show: (s) => number(s.grid.trades_cut), value: (s) => s.grid.trades_cut },
  { name: "Ended", text: true, show: (s) => s.end_reason.toLowerCase().replaceAll("_", " ") },
], day.sessions, choose);
const words = (code) => code.toLowerCase().replaceAll("_", " ");
const moment = (ns) => new Date(Number(BigInt(ns) / 1000000n)).toISOString().replace("T", " ").slice(0, 19);
table("carriers", [
  { name: "Carrier", text: true, show: (c) => words(c.carrier) }, { name: "Certificates", show: (c) => number(c.issuances), value: (c) => c.issuances },
  { name: "Issued, MWh", show: (c) => mwh(c.issued_wh, 3), value: (c) => c.issued_wh }, { name: "On offer, MWh", show: (c) => mwh(c.offered_wh, 3), value: (c) => c.offered_wh },
  { name: "Sold, MWh", show: (c) => mwh(c.sold_wh, 3), value: (c) => c.sold_wh }, { name: "Claimed, MWh", show: (c) => mwh(c.claimed_wh, 3), value: (c) => c.claimed_wh },
], day.carriers);
if (day.example) {
  const one = day.example;
  byId("example").hidden = false;
  byId("example-lead").textContent = `${one.certificate}: ${mwh(one.energy_wh, 3)} MWh of ${words(one.carrier)} from device ${one.device}, claimed by ${one.beneficiary}. The command gridbourse certificate trace proves each step from the blocks.`;
  table("example-readings", [
    { name: "Metered from (UTC)", text: true, show: (r) => moment(r.start_ns) }, { name: "Energy, kWh", show: (r) => number(r.energy_wh / 1e3, 3), value: (r) => r.energy_wh },
    { name: "Sales in the hour's session", show: (r) => number(r.trades), value: (r) => r.trades }, { name: "Evidence", text: true, code: true, show: (r) => r.evidence_hash.slice(0, 12) },
  ], one.readings);
  table("example-changes", [
    { name: "When (UTC)", text: true, show: (c) => moment(c.at_ns) }, { name: "What", text: true, show: (c) => words(c.action) }, { name: "By", text: true, show: (c) => c.actor },
    { name: "Transaction", text: true, code: true, show: (c) => c.transaction.slice(0, 12) },
  ], one.changes);
}
const search = table("bills", [
  { name: "Member", show: (b) => b.member }, { name: "Unit", text: true, show: (b) => b.name }, { name: "Class", text: true, show: (b) => b.class }, { name: "Kind", text: true, show: (b) => b.kind },
  { name: "Sold, MWh", show: (b) => mwh(b.sold_wh, 3), value: (b) => b.sold_wh }, { name: "Bought, MWh", show: (b) => mwh(b.bought_wh, 3), value: (b) => b.bought_wh },
  { name: "Trades, CNY", show: (b) => cny(b.trades_fen), value: (b) => b.trades_fen }, { name: "Deviation, MWh", show: (b) => mwh(b.deviation_wh, 3), value: (b) => b.deviation_wh },
  { name: "Deviation, CNY", show: (b) => cny(b.deviation_fen), value: (b) => b.deviation_fen }, { name: "Certificates, CNY", show: (b) => cny(b.certificates_fen), value: (b) => b.certificates_fen }, { name: "Payable, CNY", show: (b) => cny(b.payable_fen), value: (b) => b.payable_fen },
  { name: "Credit, %", show: (b) => (b.credit_ppm / 1e4).toFixed(1), value: (b) => b.credit_ppm },
], day.bills);
byId("search").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  search((bill) => wanted.every((word) => `${bill.member} ${bill.name} ${bill.class} ${bill.kind}`.toLowerCase().includes(word)));
});
byId("foot").textContent = `Seed ${day.seed}. State digest ${day.totals.state_digest}. Metered data: SimBench grid MV1.101 (ODbL); costs, values and forecast errors are assumptions of the simulation.`;
choose(chosen);
