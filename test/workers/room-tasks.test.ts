/**
 * Background tasks that take the object with them, or never end: their attempts are counted, and nobody waits for them.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { unauthorized } from "../../src/auth/auth-error.ts";
import { type TaskedRoom, DocumentTasks } from "../../src/rooms/document-tasks.ts";
import { ContentReads } from "../../src/rooms/content-reads.ts";
import { JoinedUsers } from "../../src/rooms/joined-users.ts";
import { OutboxDrain } from "../../src/rooms/outbox-drain.ts";
import { RefusalCounts } from "../../src/rooms/refusal-counts.ts";
import { type DocumentSockets, Sockets } from "../../src/rooms/sockets.ts";
import { alarmOf, stubOf } from "./room-peer.ts";
import { postUpdate, readJson, send, writeText } from "./router-requests.ts";
import { inSaverRoom } from "./saver-room.ts";

const MINUTE_MS = 60_000;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type TaskRow = { readonly name: string; readonly due_ms: number; readonly attempts: number };

async function tasksOf(id: string): Promise<readonly TaskRow[]> {
  return await runInDurableObject(stubOf(id), (_room, state) =>
    state.storage.sql.exec<TaskRow>("SELECT name, due_ms, attempts FROM tasks ORDER BY name").toArray(),
  );
}

test("[RO22] a task that ends the object is tried again later each time, and health says so", async () => {
  await postUpdate("deadly", writeText("too much"));
  const bucket = Object.getPrototypeOf(env.SNAPSHOTS) as R2Bucket;
  const put: unknown = Reflect.get(bucket, "put");
  if (typeof put !== "function") throw new Error("a bucket has put");
  let end = (): void => undefined;
  vi.spyOn(bucket, "put").mockImplementation(async function (this: R2Bucket, ...args: unknown[]) {
    if (!String(args[0]).includes("/deadly/")) return await (Reflect.apply(put, this, args) as Promise<R2Object>);
    end();
    return await new Promise<never>(() => undefined);
  });
  // Unsaved for longer than a snapshot may be late.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE_MS });
  const delays: number[] = [];
  for (let run = 0; run < 4; run += 1) {
    const [task] = await tasksOf("deadly");
    vi.setSystemTime(Math.max(Date.now(), task?.due_ms ?? 0));
    await runInDurableObject(stubOf("deadly"), (_room, state) => {
      end = () => state.abort("out of memory");
    });
    await runDurableObjectAlarm(stubOf("deadly")).catch(() => undefined);
    const [after] = await tasksOf("deadly");
    expect(after).toMatchObject({ name: "snapshot", attempts: run + 1 });
    delays.push((after?.due_ms ?? 0) - Date.now());
    // Who types on does not hurry it.
    await postUpdate("deadly", writeText(`more ${run}`));
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000]);
  const { health } = await readJson<{ health: { lastTaskError: string } }>(await send("/v1/documents/deadly"));
  expect(health.lastTaskError).toBe("snapshot: failed 4 times in a row");
});

test("[RO23] a task that never ends counts as failed after a minute, and the others run", async () => {
  const hanging = new Proxy(env.SNAPSHOTS, {
    get: () => async () => await new Promise<never>(() => undefined),
  });
  await inSaverRoom(
    "endless",
    async ({ storage, context, saver, write }) => {
      write(writeText("nobody will ever know"));
      let sweeps = 0;
      const room: TaskedRoom = {
        arm: () => undefined,
        sweep: () => {
          sweeps += 1;
          return 0;
        },
        takeActivity: () => false,
        expireRights: () => Infinity,
      };
      const sockets: DocumentSockets = new Sockets();
      const durable = async () => undefined;
      const refusals = new RefusalCounts("endless");
      const reauthenticate = async () => unauthorized("Nobody comes.");
      const content = new ContentReads(storage);
      const { roomName } = context;
      const joined = new JoinedUsers({
        roomName,
        crowd: sockets.crowd,
        events: env.EVENTS,
        retryAfter: () => undefined,
      });
      const parts = { sockets, refusals, content, durable, reauthenticate, joined, events: env.EVENTS };
      const whole = { ...context, ...parts };
      const tasks = new DocumentTasks(whole, room, saver, new OutboxDrain(whole));
      const startMs = Date.now();
      vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: startMs });
      storage.meta.write({ summary: JSON.stringify({ unsavedSinceMs: startMs - 5 * MINUTE_MS }) });
      storage.tasks.setDue("snapshot", startMs - 2, 2);
      storage.tasks.setDue("sweep", startMs - 1, 0);
      const run = tasks.run();
      await vi.advanceTimersByTimeAsync(MINUTE_MS);
      await run;
      expect(tasks.lastError).toBe("snapshot: failed 3 times in a row");
      expect(storage.tasks.get("snapshot")).toEqual({
        name: "snapshot",
        attempts: 3,
        dueMs: startMs + MINUTE_MS + 4_000,
      });
      expect(sweeps).toBe(1);
    },
    { bucket: hanging },
  );
});

test("[RO22] a snapshot that waits because people type on keeps its failures counted", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  await postUpdate("patient", writeText("typed just now"));
  await runInDurableObject(stubOf("patient"), (_room, state) => {
    state.storage.sql.exec("UPDATE tasks SET due_ms = 1, attempts = 3");
  });
  await evictDurableObject(stubOf("patient"), { webSockets: "hibernate" });
  await runDurableObjectAlarm(stubOf("patient"));
  expect(await tasksOf("patient")).toEqual([{ name: "snapshot", due_ms: Date.now() + 10_000, attempts: 3 }]);
});

test("[RO27] after an alarm a snapshot is due for edits that have none, also when its task is gone", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  await postUpdate("taskless", writeText("typed while the last snapshot was being cleared"));
  await runInDurableObject(stubOf("taskless"), (_room, state) => {
    state.storage.sql.exec("UPDATE tasks SET name = 'compact', due_ms = 1");
  });
  await evictDurableObject(stubOf("taskless"), { webSockets: "hibernate" });
  await runDurableObjectAlarm(stubOf("taskless"));
  expect(await tasksOf("taskless")).toEqual([{ name: "snapshot", due_ms: Date.now() + 10_000, attempts: 0 }]);
  expect(await alarmOf("taskless")).toBe(Date.now() + 10_000);
  vi.setSystemTime(Date.now() + 10_000);
  await runDurableObjectAlarm(stubOf("taskless"));
  expect(await tasksOf("taskless")).toEqual([]);
});
