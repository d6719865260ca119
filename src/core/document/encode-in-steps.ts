/**
 * What is stored of a document: the bytes that Yjs gives for it, a few thousand structs at a time. Yjs encodes a document of 5 MB in
 * 100 ms for V1 and as many again for V2, and nobody is served meanwhile.
 * @module
 */
import { writeVarUint } from "lib0/encoding";
import { type Doc, UpdateEncoderV1, UpdateEncoderV2 } from "yjs";
import { Pace, type Steps } from "../steps.ts";

export type EncodedDocument = {
  /** V1, as {@link encodeStateAsUpdate} of Yjs gives it. */
  readonly update: Uint8Array;
  /** The same as V2. */
  readonly snapshotV2: Uint8Array;
  /** The V1 delete set that `update` ends with. */
  readonly deleteSet: Uint8Array;
};

/** About 5 ms, for both versions. */
const STEP_STRUCTS = 2_000;

type Structs = NonNullable<ReturnType<Doc["store"]["clients"]["get"]>>;
type Encoder = UpdateEncoderV1 | UpdateEncoderV2;
/** Clocks: where a range begins, how long it is, the next one … */
type Deletions = readonly (readonly [client: number, ranges: readonly number[]])[];

/** Nobody changes `doc` meanwhile, and nothing in it waits for what is not there. */
export function* encodeInSteps({ store }: Doc): Steps<EncodedDocument> {
  // Higher clients first, which spares conflicts where it is applied.
  const clients = [...store.clients].toSorted(([one], [other]) => other - one);
  const encoders = [new UpdateEncoderV1(), new UpdateEncoderV2()];
  for (const { restEncoder } of encoders) writeVarUint(restEncoder, clients.length);
  const deletions: (readonly [number, readonly number[]])[] = [];
  const pace = new Pace(STEP_STRUCTS);
  for (const [client, structs] of clients) {
    writeHead(encoders, client, structs);
    const ranges = yield* writeStructs(encoders, structs, pace);
    if (ranges.length > 0) deletions.push([client, ranges]);
  }
  const alone = new UpdateEncoderV1();
  for (const encoder of [...encoders, alone]) writeDeletions(encoder, deletions);
  yield;
  const [v1, v2] = encoders;
  if (v1 === undefined || v2 === undefined) throw new Error("there are two encoders");
  const update = v1.toUint8Array();
  yield;
  return { update, snapshotV2: v2.toUint8Array(), deleteSet: alone.toUint8Array() };
}

function writeHead(encoders: readonly Encoder[], client: number, structs: Structs): void {
  for (const encoder of encoders) {
    writeVarUint(encoder.restEncoder, structs.length);
    encoder.writeClient(client);
    writeVarUint(encoder.restEncoder, structs[0]?.id.clock ?? 0);
  }
}

/** Returns what is deleted. */
function* writeStructs(encoders: readonly Encoder[], structs: Structs, pace: Pace): Steps<readonly number[]> {
  const ranges: number[] = [];
  let wasDeleted = false;
  for (const struct of structs) {
    for (const encoder of encoders) struct.write(encoder, 0);
    if (struct.deleted && wasDeleted) ranges.push((ranges.pop() ?? 0) + struct.length);
    else if (struct.deleted) ranges.push(struct.id.clock, struct.length);
    wasDeleted = struct.deleted;
    if (pace.isStepOver()) yield;
  }
  return ranges;
}

function writeDeletions(encoder: Encoder, deletions: Deletions): void {
  writeVarUint(encoder.restEncoder, deletions.length);
  for (const [client, ranges] of deletions) {
    encoder.resetDsCurVal();
    writeVarUint(encoder.restEncoder, client);
    writeVarUint(encoder.restEncoder, ranges.length / 2);
    for (let index = 0; index < ranges.length; index += 2) {
      encoder.writeDsClock(ranges[index] ?? 0);
      encoder.writeDsLen(ranges[index + 1] ?? 0);
    }
  }
}
