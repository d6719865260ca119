/**
 * Where Chromium is, and how to get one: for the browser tests.
 * @module
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const FIXED = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/** A download over a slow line; apt-get took 19 s where it was measured. */
const INSTALL_MS = 600_000;

export const REMEDY = `no Chromium found. Set CHROME_PATH to one, or install it:
  Debian, Ubuntu:  apt-get install chromium
  elsewhere:       npx playwright-core install --with-deps chromium`;

/** Path of an installed Chromium or Chrome; undefined when there is none. CHROME_PATH wins, and has to be right. */
export function findBrowser(): string | undefined {
  const wish = process.env["CHROME_PATH"];
  if (wish !== undefined && wish !== "") {
    if (isExecutable(wish)) return wish;
    throw new Error(`CHROME_PATH is ${wish}: not an executable file`);
  }
  const folders = ["/usr/bin", ...(process.env["PATH"] ?? "").split(delimiter)];
  const installed = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...installed, ...FIXED, chromium.executablePath()].find(isExecutable);
}

/** Installs Chromium by the system's package manager where that is allowed, else Playwright's own. Says what it does. */
export function installBrowser(): string {
  const isRoot = process.getuid?.() === 0;
  const steps = [
    ...(isRoot ? ["apt-get update && apt-get install -y --no-install-recommends chromium"] : []),
    `npx --no-install playwright-core install ${isRoot ? "--with-deps " : ""}chromium`,
  ];
  for (const step of steps) {
    console.error(`browser: ${step}`);
    spawnSync(step, {
      shell: true,
      stdio: ["ignore", 2, 2],
      timeout: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    const path = findBrowser();
    if (path !== undefined) return path;
  }
  throw new Error(REMEDY);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
