import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { descendants, endProcesses } from "../../bench/process-tree.ts";

/** Starts another of itself, `depth` deep, that no signal but the last one ends, and another one whenever that dies. */
const STUBBORN = `
  const { spawn } = require("node:child_process");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});
  const depth = Number(process.argv[1]);
  const start = () => spawn(process.execPath, ["-e", process.env.SOURCE, depth - 1], { stdio: "ignore" }).on("exit", start);
  if (depth > 1) start();
  setInterval(() => {}, 1000);
`;

it("[BN13] all processes below one are found and ended, those that are started again when they die too", async () => {
  const parent = spawn(process.execPath, ["-e", STUBBORN, "3"], {
    env: { ...process.env, SOURCE: STUBBORN },
    stdio: "ignore",
  });
  const { pid = 0 } = parent;
  await expect.poll(() => descendants(pid).length, { timeout: 30_000, interval: 20 }).toBe(2);
  const all = [pid, ...descendants(pid)];
  expect(descendants(process.pid)).toEqual(expect.arrayContaining(all));
  const exited = once(parent, "exit");
  endProcesses(() => [pid, ...descendants(pid)]);
  await exited;
  await expect.poll(() => all.filter((one) => descendants(1).includes(one)), { timeout: 20_000 }).toEqual([]);
}, 90_000);
