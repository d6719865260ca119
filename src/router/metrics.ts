/**
 * Counters of this isolate since it started, in Prometheus' text format 0.0.4. The platform runs several isolates and ends them
 * when it likes: sum over `instance`, expect resets.
 * @module
 */

type Labels = Readonly<Record<string, string | number>>;

/** Routes × methods × statuses stay far below; a bug that labels by user input stops here. */
const MAX_SERIES = 2_000;

const HELP = {
  roost_http_requests_total: "Requests by route, method and status; 101 is an opened socket.",
  roost_http_request_ms_total: "Time spent on them until the answer's headers, in ms.",
  roost_refusals_total: "Requests that were not done, by the problem's tag and, where there is one, the limit.",
  roost_rate_limit_failures_total: "Requests that the platform's counters could not count; they were let through.",
  roost_room_retries_total: "Calls to a room repeated after a platform error.",
} as const;
export type CounterName = keyof typeof HELP;

const series = new Map<string, number>();

/** Adds to a counter of this isolate. */
export function count(name: CounterName, labels: Labels = {}, by = 1): void {
  const key = `${name}${formatLabels(labels)}`;
  const value = series.get(key);
  if (value === undefined && series.size >= MAX_SERIES) return;
  series.set(key, (value ?? 0) + by);
}

/** Every counter, and the gauges that were read for this scrape. */
export function renderMetrics(
  gauges: Readonly<Record<string, { readonly help: string; readonly value: number }>>,
): string {
  const lines: string[] = [];
  for (const [name, help] of Object.entries(HELP)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`);
    for (const [key, value] of series) if (key === name || key.startsWith(`${name}{`)) lines.push(`${key} ${value}`);
  }
  for (const [name, { help, value }] of Object.entries(gauges)) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${String(value).replace(/[\\"\n]/g, "_")}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
