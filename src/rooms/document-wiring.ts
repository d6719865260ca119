/**
 * How the parts of a document room are put together.
 * @module
 */
import { loadConfig } from "../config.ts";
import { HistoryStore } from "../storage/history-store.ts";
import { openDocumentStorage } from "../storage/room/document-storage.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import { TraceStore } from "../storage/trace-store.ts";
import { VersionStore } from "../storage/version-store.ts";
import { CallerRates } from "./caller-rates.ts";
import { ContentReads } from "./content-reads.ts";
import { DocumentAttribution } from "./document-attribution.ts";
import { DocumentBehaviour } from "./document-behaviour.ts";
import type { DocumentContext, DocumentShell } from "./document-context.ts";
import { DocumentDesk } from "./document-desk.ts";
import { DocumentEdits } from "./document-edits.ts";
import { DocumentSaver } from "./document-saver.ts";
import { DocumentTasks } from "./document-tasks.ts";
import { DocumentTraces } from "./document-traces.ts";
import { DocumentVersions } from "./document-versions.ts";
import { DocumentForks } from "./document-forks.ts";
import { FirstTouch } from "./first-touch.ts";
import { JoinedUsers } from "./joined-users.ts";
import { OutboxDrain } from "./outbox-drain.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import { addressOf } from "./room-address.ts";
import type { RoomPorts } from "./room-object.ts";

export type WiredDocument = {
  readonly context: DocumentContext;
  readonly behaviour: DocumentBehaviour;
  readonly tasks: DocumentTasks;
  readonly firstTouch: FirstTouch;
  readonly rates: CallerRates;
  readonly desk: DocumentDesk;
  readonly versions: DocumentVersions;
  readonly forks: DocumentForks;
  readonly attribution: DocumentAttribution;
  readonly edits: DocumentEdits;
  readonly traces: DocumentTraces;
};

/** The parts of one document room. */
export function wireDocument(shell: DocumentShell, { reauthenticate }: RoomPorts): WiredDocument {
  const { ctx, env, sockets, roomName } = shell;
  const storage = openDocumentStorage(ctx.storage);
  const context: DocumentContext = {
    roomName,
    address: addressOf(roomName),
    config: loadConfig(env),
    storage,
    content: new ContentReads(storage),
    snapshots: new SnapshotStore(env.SNAPSHOTS),
    versions: new VersionStore(env.SNAPSHOTS),
    events: env.EVENTS,
    sockets,
    refusals: new RefusalCounts(roomName, shell.told),
    joined: new JoinedUsers({
      ...{ roomName, crowd: sockets.crowd, events: env.EVENTS },
      retryAfter: (delayMs) => {
        if (storage.tasks.ensureBy("joined", Date.now() + delayMs)) behaviour.arm();
      },
    }),
    reauthenticate: async (shown) => await reauthenticate(env, shown),
    durable: async () => await ctx.storage.sync(),
  };
  const firstTouch = new FirstTouch(context, () => behaviour.arm());
  const behaviour = new DocumentBehaviour(shell, context, firstTouch);
  const saver = new DocumentSaver(context, behaviour);
  const tasks = new DocumentTasks(context, behaviour, saver, new OutboxDrain(context));
  behaviour.attachTasks(tasks);
  const rates = new CallerRates(behaviour.room.bytes);
  const desk = new DocumentDesk(context, behaviour, firstTouch, rates);
  const attribution = new DocumentAttribution(desk, new HistoryStore(env.SNAPSHOTS));
  const versions = new DocumentVersions(desk, attribution);
  const forks = new DocumentForks(desk, attribution);
  const traces = new DocumentTraces(desk, (user) => storage.forgetUser(user), new TraceStore(env.SNAPSHOTS));
  const edits = new DocumentEdits(desk);
  return { context, behaviour, tasks, firstTouch, rates, desk, versions, forks, attribution, edits, traces };
}
