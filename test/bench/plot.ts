/**
 * The plot of README: how many times a raw relay's deliveries each server makes, by clients in one document.
 * @module
 */
import { formatNumber } from "./figure-text.ts";
import type { ScenarioRecord } from "./measurements.ts";
import { ratioPerRound, type Spread, spreadOf } from "./statistics.ts";
import type { TargetName } from "./target.ts";

/** One server: a point for each number of clients it was measured with. */
export type Series = {
  readonly target: TargetName;
  readonly points: readonly { readonly clients: number; readonly ratio: Spread }[];
};

const SCENARIO = /^fan-out-(\d+)$/;
const FIGURE = "deliveredPerSecond";
const BASE: TargetName = "raw relay";

/** Of the scenarios `fan-out-<clients>`; a server without a ratio there has no point. */
export function fanOutSeries(records: readonly ScenarioRecord[]): readonly Series[] {
  const byClients = records
    .flatMap((record) => {
      const clients = SCENARIO.exec(record.id)?.[1];
      return clients === undefined ? [] : [{ clients: Number(clients), record }];
    })
    .toSorted((a, b) => a.clients - b.clients);
  const targets = [...new Set(byClients.flatMap(({ record }) => record.targets))];
  return targets.map((target) => ({
    target,
    points: byClients.flatMap(({ clients, record }) => {
      const side = { target, figure: FIGURE };
      const ratios = ratioPerRound(record.measurements, side, { target: BASE, figure: FIGURE });
      return ratios.ok ? [{ clients, ratio: spreadOf(ratios.value) }] : [];
    }),
  }));
}

const WIDTH = 760;
const HEIGHT = 420;
const AREA = { left: 64, right: 570, top: 56, bottom: 362 } as const;
/** Between two labels at the right edge, px. */
const LABEL_STEP = 17;
const TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500] as const;

/** Colour on light, colour on dark, dashes: servers keep them from run to run. */
const STYLES: Readonly<Record<TargetName, readonly [light: string, dark: string, dashes: string]>> = {
  Roost: ["#c2410c", "#fb923c", "none"],
  "Roost saving later": ["#c2410c", "#fb923c", "1 3"],
  "Roost presence": ["#c2410c", "#fb923c", "3 3"],
  "Roost games": ["#c2410c", "#fb923c", "6 2 1 2"],
  Colyseus: ["#047857", "#4ade80", "6 2 1 2"],
  Hocuspocus: ["#1d4ed8", "#8ab4ff", "none"],
  "y-websocket": ["#047857", "#4ade80", "none"],
  "y-partyserver": ["#7e22ce", "#d8b4fe", "none"],
  "PartyServer broadcast": ["#57606a", "#9ca3af", "4 4 1 4"],
  "raw batching": ["#57606a", "#9ca3af", "6 4"],
  "batching with insert": ["#57606a", "#9ca3af", "2 2 6 2"],
  "raw relay": ["#57606a", "#9ca3af", "2 4"],
  "relay with insert": ["#57606a", "#9ca3af", "8 3 2 3"],
  "stored bytes": ["#57606a", "#9ca3af", "1 3"],
};

/** An SVG that follows the reader's light or dark scheme; undefined where there is nothing to draw. */
export function renderPlot(series: readonly Series[]): string | undefined {
  const shown = series.filter(({ points }) => points.length > 0);
  const all = shown.flatMap(({ points }) => points);
  if (all.length === 0) return undefined;
  const scale = makeScale(
    [...new Set(all.map(({ clients }) => clients))].toSorted((a, b) => a - b),
    all.flatMap(({ ratio }) => [ratio.low, ratio.high]),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="title">`,
    `<title id="title">Updates delivered per second in one document, as a ratio to a raw relay</title>`,
    styleSheet(shown),
    `<rect class="page" width="${WIDTH}" height="${HEIGHT}" rx="6"/>`,
    `<text class="head" x="20" y="28">Updates delivered per second, × raw relay</text>`,
    ...axes(scale),
    ...shown.flatMap((one) => drawSeries(one, scale)),
    ...endLabels(shown, scale),
    "</svg>",
    "",
  ].join("\n");
}

type Scale = {
  readonly x: (clients: number) => number;
  readonly y: (ratio: number) => number;
  readonly columns: readonly number[];
  readonly ticks: readonly number[];
};

/** Numbers of clients at equal distances, ratios by their logarithm. */
function makeScale(columns: readonly number[], ratios: readonly number[]): Scale {
  const lowest = Math.min(1, ...ratios.filter((ratio) => ratio > 0));
  const highest = Math.max(1, ...ratios);
  const from = TICKS.findLast((tick) => tick <= lowest) ?? lowest;
  const to = TICKS.find((tick) => tick > highest) ?? highest * 1.1;
  const step = (AREA.right - AREA.left) / Math.max(1, columns.length);
  const share = (ratio: number) => Math.log(Math.max(ratio, from) / from) / Math.log(to / from);
  return {
    x: (clients) => round(AREA.left + step * (columns.indexOf(clients) + 0.5)),
    y: (ratio) => round(AREA.bottom - share(ratio) * (AREA.bottom - AREA.top)),
    columns,
    ticks: TICKS.filter((tick) => tick >= from && tick <= to),
  };
}

function axes({ x, y, columns, ticks }: Scale): readonly string[] {
  const middle = (AREA.left + AREA.right) / 2;
  return [
    ...ticks.flatMap((tick) => [
      `<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${y(tick)}" y2="${y(tick)}"/>`,
      `<text class="tick" x="${AREA.left - 8}" y="${y(tick) + 4}" text-anchor="end">${tick} ×</text>`,
    ]),
    ...columns.map(
      (clients) =>
        `<text class="tick" x="${x(clients)}" y="${AREA.bottom + 22}" text-anchor="middle">${clients}</text>`,
    ),
    `<text class="tick" x="${middle}" y="${AREA.bottom + 44}" text-anchor="middle">clients in one document, five of them typing; bars: lowest and highest round</text>`,
  ];
}

function drawSeries({ target, points }: Series, { x, y }: Scale): readonly string[] {
  const name = className(target);
  const line = points.map(({ clients, ratio }) => `${x(clients)},${y(ratio.median)}`).join(" ");
  return [
    `<polyline class="line ${name}" points="${line}"/>`,
    ...points.flatMap(({ clients, ratio }) => [
      `<line class="bar ${name}" x1="${x(clients)}" x2="${x(clients)}" y1="${y(ratio.low)}" y2="${y(ratio.high)}"/>`,
      `<circle class="dot ${name}" cx="${x(clients)}" cy="${y(ratio.median)}" r="4"/>`,
    ]),
  ];
}

/** Name and last value beside the end of each line, pushed apart where they would overlap. */
function endLabels(series: readonly Series[], { y }: Scale): readonly string[] {
  const labels = series
    .flatMap(({ target, points }) => {
      const last = points.at(-1);
      return last === undefined ? [] : [{ target, ratio: last.ratio.median, at: y(last.ratio.median) }];
    })
    .toSorted((a, b) => a.at - b.at);
  const lowest = AREA.bottom - LABEL_STEP * (labels.length - 1);
  let free = AREA.top - LABEL_STEP;
  return labels.map(({ target, ratio, at }, index) => {
    free = Math.max(free + LABEL_STEP, Math.min(at, lowest + LABEL_STEP * index));
    const text = `${target} ${formatNumber(ratio)} ×`;
    return `<text class="label ${className(target)}" x="${AREA.right + 8}" y="${free + 4}">${text}</text>`;
  });
}

function styleSheet(series: readonly Series[]): string {
  const colours = (index: 0 | 1) =>
    series.map(({ target }) => `.${className(target)}{--colour:${STYLES[target][index]}}`).join("");
  const dashes = series
    .map(({ target }) => `.line.${className(target)}{stroke-dasharray:${STYLES[target][2]}}`)
    .join("");
  return [
    "<style>",
    "text{font:13px system-ui,sans-serif;fill:var(--text)}.head{font-size:16px;font-weight:600}.tick{fill:var(--faint)}",
    ".page{fill:var(--page)}.grid{stroke:var(--grid)}.label{fill:var(--colour);font-weight:600}",
    ".line{fill:none;stroke:var(--colour);stroke-width:2}.line.roost{stroke-width:3.5}",
    ".bar{stroke:var(--colour);stroke-width:1.5;opacity:.6}.dot{fill:var(--colour)}",
    dashes,
    `svg{--page:#ffffff;--text:#1f2328;--faint:#57606a;--grid:#d8dee4}${colours(0)}`,
    `@media (prefers-color-scheme: dark){svg{--page:#0d1117;--text:#e6edf3;--faint:#9ca3af;--grid:#30363d}${colours(1)}}`,
    "</style>",
  ].join("\n");
}

function className(target: TargetName): string {
  return target.toLowerCase().replaceAll(" ", "-");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
