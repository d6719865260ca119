import { describe, expect, it } from "vitest";
import { figureLabel, formatFigure, formatNumber } from "../../bench/figure-text.ts";
import { fanOutSeries, renderPlot } from "../../bench/plot.ts";
import { assertWhole, renderReport, replaceBetween } from "../../bench/report.ts";
import { pairs, recordOf, roundsOf, scenarioOf } from "./made-up.ts";

const MARKERS = ["<!-- a -->", "<!-- b -->"] as const;

describe("README's account of the bench", () => {
  it("[BN10] says what was measured: ratios with their spread, goals, every figure", () => {
    const report = renderReport([{ scenario: scenarioOf(), record: recordOf() }], "plot.svg");
    expect(report).toBe(`![Updates delivered per second as a ratio to a raw relay](plot.svg)

Medians over the rounds of one run, (lowest–highest). 2 cores, Node 24.0.0, linux x64, 2026-02-03. ÷ names the server that is 1.
Measured at commit \`0123456789ab\`.

|  |  | Roost |
| --- | --- | --- |
| nothing real | per second ÷ raw relay | **4 (3–5)** |

| goal |  | bound | measured |  |
| --- | --- | --- | --- | --- |
| \`made-up\` | per second ÷ raw relay | ≥ 2 | 4 (3–5) | kept |

<details><summary><code>made-up</code>: every figure</summary>

nothing real. 2 rounds, 2026-02-03, commit \`0123456789ab\`.

|  | per second |
| --- | --- |
| **Roost** | 40 (30–50) |
| raw relay | 10 |

</details>`);
  });

  it("[BN10] shows what failed and what is broken as such", () => {
    const measurements = [...pairs([[10, 11]]), { round: 1, target: "Hocuspocus", error: "deaf" } as const];
    const targets = ["raw relay", "Roost", "Hocuspocus"] as const;
    const scenario = scenarioOf({
      targets,
      goals: [...scenarioOf().goals, { figure: "perSecond", against: "Hocuspocus", atLeast: 1 }],
    });
    const report = renderReport([{ scenario, record: recordOf({ targets, measurements }) }], undefined);
    expect(report).toContain("| **1.1** | failed |");
    expect(report).toContain("| ≥ 2 | 1.1 | **broken** |");
    expect(report).toContain("| ≥ 1 | round 1: Hocuspocus failed | **unknown** |");
    expect(report).not.toContain("![");
  });

  it("[BN10] says that a document was lost, in its own server's column, and why a goal is missed", () => {
    const targets = ["raw relay", "Roost", "y-partyserver", "Hocuspocus"] as const;
    const some = { "raw relay": { perSecond: 10 }, Roost: { perSecond: 11 }, Hocuspocus: { perSecond: 12 } };
    const measurements = roundsOf([
      { ...some, "y-partyserver": { perSecond: 1, lost: 0 } },
      { ...some, Hocuspocus: {}, "y-partyserver": { lost: 1 } },
    ]);
    const [goal] = scenarioOf().goals;
    const scenario = scenarioOf({ targets, goals: [{ figure: "", ...goal, note: "1.1 is the log's share" }] });
    const report = renderReport([{ scenario, record: recordOf({ targets, measurements }) }], undefined);
    expect(report).toContain("| **1.1** | – | lost |");
    expect(report).toContain("| y-partyserver | lost |");
    expect(report).toContain("| Hocuspocus | – |");
    expect(report).toContain("| **broken**: 1.1 is the log's share |");
    const kept = scenarioOf({ targets, goals: [{ figure: "perSecond", atLeast: 1, note: "a miss" }] });
    expect(renderReport([{ scenario: kept, record: recordOf({ targets, measurements }) }], undefined)).not.toContain(
      "a miss",
    );
    const against = { figure: "perSecond", against: "y-partyserver", atMost: 1 } as const;
    const other = scenarioOf({ targets, goals: [against] });
    const column = renderReport([{ scenario: other, record: recordOf({ targets, measurements }) }], undefined);
    expect(column).not.toContain("**lost**");
  });

  it("[BN10] names the commit, its changes, and that there are several", () => {
    const scenario = scenarioOf();
    const at = (commit: string, isDirty: boolean) => ({ scenario, record: recordOf({ version: { commit, isDirty } }) });
    const [a, b] = ["a".repeat(40), "b".repeat(40)];
    expect(renderReport([at(a, false), at(a, false)], undefined)).toContain("\nMeasured at commit `aaaaaaaaaaaa`.\n");
    expect(renderReport([at(a, true)], undefined)).toContain("\nMeasured at commit `aaaaaaaaaaaa` with changes.\n");
    const mixed = "different code:** commit `aaaaaaaaaaaa`; commit `bbbbbbbbbbbb`. Each says at which.";
    expect(renderReport([at(a, false), at(b, false)], undefined)).toContain(mixed);
    const { version: _, ...old } = recordOf();
    expect(renderReport([{ scenario, record: old }], undefined)).toContain("Measured at an unknown commit.");
  });

  it("[BN10] refuses a record that is no whole run", () => {
    const scenario = scenarioOf();
    expect(() => assertWhole({ scenario, record: recordOf() })).not.toThrow();
    expect(() => assertWhole({ scenario, record: recordOf({ shortcuts: ["quick"] }) })).toThrow("quick");
    const outgrown = scenarioOf({ targets: ["raw relay", "Roost", "Hocuspocus"] });
    expect(() => assertWhole({ scenario: outgrown, record: recordOf() })).toThrow("4 measurements of 6");
  });

  it("[BN10] stands between its markers and touches nothing else", () => {
    expect(replaceBetween("x <!-- a -->old<!-- b --> y", MARKERS, "new")).toBe("x <!-- a -->\nnew\n<!-- b --> y");
    for (const text of ["", "<!-- a -->", "<!-- b --><!-- a -->", "<!-- a --><!-- b --><!-- b -->"]) {
      expect(() => replaceBetween(text, MARKERS, "new")).toThrow("it lacks");
    }
  });

  it("[BN10] names figures and units as people do", () => {
    const labels = [
      "deliveredPerSecond",
      "p50Ms",
      "cpuMsPerThousand",
      "peakMegabytes",
      "inTimeShare",
      "wake10KbMs",
    ].map(figureLabel);
    expect(labels).toEqual(["delivered/s", "p50 ms", "CPU ms per 1,000", "peak MB", "in time share", "wake 10 KB ms"]);
    expect([41_234.4, 123.4, 12.34, 3.996, 0.012_345, 0].map((value) => formatNumber(value))).toEqual([
      "41,234",
      "123",
      "12.3",
      "4",
      "0.0123",
      "0",
    ]);
    expect([formatNumber(3.996, 4), formatFigure("inTimeShare", 0.9876)]).toEqual(["3.996", "98.8 %"]);
  });
});

describe("the plot", () => {
  const records = [200, 10].map((clients) => {
    const rounds = [1, 2, 3].map((relay) => ({
      "raw relay": { deliveredPerSecond: relay },
      "raw batching": { deliveredPerSecond: relay * clients * 0.1 * relay },
      Roost: { deliveredPerSecond: relay * clients * 0.1 * relay },
    }));
    const targets = ["raw relay", "Roost", "raw batching"] as const;
    return recordOf({ id: `fan-out-${clients}`, targets, rounds: 3, measurements: roundsOf(rounds) });
  });

  it("[BN10] has a point for each server and number of clients, ordered, with its spread", () => {
    const [relay, roost] = fanOutSeries([...records, recordOf({ id: "fan-out-50-wide" }), recordOf()]);
    expect(relay?.points.map(({ clients, ratio }) => [clients, ratio.median])).toEqual([
      [10, 1],
      [200, 1],
    ]);
    expect(roost?.points.map(({ clients, ratio }) => [clients, ratio.low, ratio.median, ratio.high])).toEqual([
      [10, 1, 2, 3],
      [200, 20, 40, 60],
    ]);
  });

  it("[BN10] is an SVG for light and dark pages with a title, labels and no two labels in one place", () => {
    const svg = renderPlot(fanOutSeries(records)) ?? "";
    expect(svg).toContain("prefers-color-scheme: dark");
    expect(svg).toContain("<title");
    expect(svg).toContain(">Roost 40 ×</text>");
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    const heights = [...svg.matchAll(/class="label [^"]*" x="[\d.]+" y="([\d.]+)"/g)].map((match) => Number(match[1]));
    const gaps = heights.slice(1).map((height, index) => height - (heights[index] ?? 0));
    expect(heights).toHaveLength(3);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(17);
    expect(renderPlot(fanOutSeries([recordOf()]))).toBeUndefined();
  });
});
