import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ClientTestServer } from "../../support/client-test-server.ts";

/** Far above what the process needs, far below the 20 s of a forgotten heartbeat. */
const EXIT_MS = 12_000;

test("[CL39] a process whose providers are destroyed ends by itself", async () => {
  const server = await ClientTestServer.start();
  try {
    const program = join(import.meta.dirname, "../../support/client-exit-process.ts");
    // Node's own WebSocket: the client's default where none is passed.
    const { stdout } = await promisify(execFile)(process.execPath, [program, server.url], { timeout: EXIT_MS });
    expect(stdout).toBe("destroyed\n");
    const greeted = server.peers.filter((peer) => peer.of("hello").length > 0);
    expect(greeted.length).toBeGreaterThanOrEqual(2);
    expect(greeted.map((peer) => [peer.of("bye").length, peer.closeCode])).toEqual(greeted.map(() => [1, 1000]));
  } finally {
    await server.stop();
  }
});
