/**
 * The servers Roost is measured against, in a package of their own: nothing of them is in Roost's.
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";

export const PEERS = join(import.meta.dirname, "../peers");
const LOCK = join(PEERS, "package-lock.json");
/** npm writes it last. */
const INSTALLED = join(PEERS, "node_modules/.package-lock.json");

/** Installs them when they are absent or older than the lock file; rejects when that fails. */
export async function ensurePeers(): Promise<void> {
  const [lock, installed] = await Promise.all([stat(LOCK), stat(INSTALLED).catch(() => undefined)]);
  if (installed !== undefined && installed.mtimeMs >= lock.mtimeMs) return;
  console.log("bench: npm ci in test/bench/peers");
  // Scripts only build native code again that is there in binary.
  const child = spawn("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: PEERS,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`npm ci in test/bench/peers ended with ${String(code)}`);
}
