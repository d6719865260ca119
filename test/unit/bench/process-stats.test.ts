/**
 * What the bench says a process used, against what this process knows of itself.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { cpuMs, peakBytes, residentBytes, resetPeak, writtenBytes } from "../../bench/process-stats.ts";

const MIB = 1_048_576;
/** Of two readings one after the other: other threads go on. */
const SLACK_MS = 100;

describe("figures of a process", () => {
  it.each([cpuMs, residentBytes, peakBytes, resetPeak, writtenBytes])(
    "[BN2] %o throws where there is no /proc",
    (stat) => {
      const { platform } = process;
      Object.defineProperty(process, "platform", { value: "darwin" });
      try {
        expect(() => stat(process.pid)).toThrow("it runs on Linux only");
      } finally {
        Object.defineProperty(process, "platform", { value: platform });
      }
    },
  );

  // The rest is about what is there to be read.
  if (process.platform !== "linux") return;

  it("[BN2] CPU is user and system time of the whole process", () => {
    const untilMs = performance.now() + 60;
    while (performance.now() < untilMs);
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cpuMs(process.pid) - (user + system) / 1_000)).toBeLessThan(SLACK_MS);
  });

  it("[BN2] resident memory is what the runtime calls so", () => {
    expect(Math.abs(residentBytes(process.pid) - process.memoryUsage.rss())).toBeLessThan(16 * MIB);
  });

  it("[BN2] the peak keeps what is freed, until it is set back", async () => {
    resetPeak(process.pid);
    const before = peakBytes(process.pid);
    touch(64 * MIB);
    expect(peakBytes(process.pid) - before).toBeGreaterThan(60 * MIB);
    collectGarbage();
    // Its memory goes back to the system a moment after the collection.
    const given = () => peakBytes(process.pid) - residentBytes(process.pid);
    await expect.poll(given, { timeout: 20_000 }).toBeGreaterThan(48 * MIB);
    resetPeak(process.pid);
    expect(peakBytes(process.pid) - residentBytes(process.pid)).toBeLessThan(16 * MIB);
  });

  it("[BN2] written is what went to files", () => {
    const folder = mkdtempSync(join(tmpdir(), "roost-stats-"));
    const before = writtenBytes(process.pid);
    writeFileSync(join(folder, "file"), Buffer.alloc(8 * MIB));
    const written = writtenBytes(process.pid) - before;
    rmSync(folder, { recursive: true });
    expect(written).toBeGreaterThanOrEqual(8 * MIB);
    expect(written).toBeLessThan(9 * MIB);
  });

  it("[BN2] a process that is gone is an error, not a figure", () => {
    expect(() => cpuMs(2 ** 30)).toThrow("ENOENT");
  });
});

/** Allocates that much, writes to it and drops it. */
function touch(bytes: number): void {
  Buffer.alloc(bytes, 1);
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  // SAFETY: the flag put it there.
  (runInNewContext("gc") as () => void)();
}
