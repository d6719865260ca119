import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ClientTestServer } from "../../support/client-test-server.ts";

/** Far above what an exit needs, below the shortest timer that could be forgotten: partysocket's 5 s. */
const EXIT_MS = 4_500;
/** A process that hangs shall fail the test by what it says, not by its timeout. */
const GIVE_UP_MS = 40_000;
const PROGRAM = join(import.meta.dirname, "../../support/client-exit-process.ts");

test.each(["native", "ws"])(
  "[CL39] a process whose providers are destroyed ends by itself, at once: %s",
  { timeout: 60_000 },
  async (implementation) => {
    const server = await ClientTestServer.start();
    const refusing = await ClientTestServer.start();
    refusing.behaviour.refusal = [503, "urn:roost:problem:unavailable"];
    try {
      const args = [PROGRAM, server.url, refusing.url, implementation];
      const child = spawn(process.execPath, args, { timeout: GIVE_UP_MS, stdio: ["ignore", "pipe", "inherit"] });
      const said = text(child.stdout);
      await once(child.stdout, "data");
      const destroyedMs = performance.now();
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(performance.now() - destroyedMs).toBeLessThan(EXIT_MS);
      expect(await said).toBe("destroyed\n");
      const greeted = server.peers.filter((peer) => peer.of("hello").length > 0);
      expect(greeted.length).toBeGreaterThanOrEqual(2);
      expect(greeted.map((peer) => [peer.of("bye").length, peer.closeCode])).toEqual(greeted.map(() => [1, 1000]));
    } finally {
      await Promise.all([server.stop(), refusing.stop()]);
    }
  },
);
