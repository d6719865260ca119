/**
 * A document read as a tree, and edited in words. Rules FE16–FE18 and PR19 of core/SPEC.md.
 * @module
 */
import { type ProseFormat, readProse } from "../core/formats/read-prose.ts";
import { type Edited, anchorIn, editDocument } from "../core/edits/edit-document.ts";
import type { DocumentBytes } from "../core/document/compaction.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import type { Profile } from "../protocol/messages.ts";
import { wearProfile } from "../protocol/profile.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { tooFast } from "./caller-rates.ts";
import { currentVersion } from "./document-context.ts";
import type { DocumentDesk } from "./document-desk.ts";
import { EditorIds } from "./editor-ids.ts";
import type { Caller, DocumentContent, Reader, RoomProblem } from "./room-api.ts";
import type { AnchorOrder, DocumentEdit, EditOptions, Written } from "./room-api-history.ts";

export class DocumentEdits {
  readonly #desk: DocumentDesk;
  readonly #ids = new EditorIds();

  constructor(desk: DocumentDesk) {
    this.#desk = desk;
  }

  /** The whole document, or the root of this name. */
  async readTree(
    format: ProseFormat,
    root: string | null,
    reader: Reader,
  ): Promise<Result<DocumentContent, RoomProblem>> {
    return await this.#read(reader, (stored) => readProse(stored, format, root));
  }

  /** Base64 of a Yjs relative position. */
  async anchor(order: AnchorOrder, reader: Reader): Promise<Result<string, RoomProblem>> {
    const read = await this.#read(reader, (stored) => {
      const made = anchorIn(stored, order);
      return made.ok ? ok(new TextEncoder().encode(made.value)) : made;
    });
    return read.ok ? ok(new TextDecoder().decode(read.value.body)) : read;
  }

  /** Made of what is stored when it is a row: nothing comes in between. */
  async apply(edit: DocumentEdit, options: EditOptions, caller: Caller): Promise<Result<Written, RoomProblem>> {
    let edited: Edited | undefined;
    const written = await this.#desk.edit(caller, () => {
      const fits = this.#fits(options);
      if (!fits.ok) return fits;
      const made = editDocument(this.#stored(), edit, this.#ids.of(caller.user));
      if (!made.ok) return err({ tag: "bad-edit", reason: made.error.reason });
      edited = made.value;
      return ok(edited?.update);
    });
    // Whatever became of it: an id is used on only where all that it wrote is stored.
    if (!written.ok) this.#ids.forget(caller.user);
    else if (edited !== undefined && options.showAs !== undefined) this.#show(caller.user, options.showAs, edited);
    return written;
  }

  /** Where nobody is, nobody sees it, and the room may sleep. */
  #show(user: string, face: Profile, { cursor }: Edited): void {
    const { context, behaviour } = this.#desk;
    if (context.sockets.size === 0) return;
    const state = JSON.stringify({ ...wearProfile({}, face), cursor });
    behaviour.room.presence.visit({ client: this.#ids.of(user), state }, Date.now());
    behaviour.settle();
  }

  /** Whether it is the document that the caller means, and one that can be built. */
  #fits({ ifMatch, ifEmpty = false }: EditOptions): Result<void, RoomProblem> {
    const { context, behaviour } = this.#desk;
    const version = currentVersion(context.storage);
    const isOther = ifMatch !== undefined && !ifMatch.includes(`"${version}"`) && !ifMatch.includes("*");
    // A state vector of one byte names no client: nothing was ever written.
    const hadContent = behaviour.room.document.stateVector().length > 1;
    if (isOther || (ifEmpty && hadContent)) return err({ tag: "precondition-failed", version });
    const isTooLarge = behaviour.room.document.bytes() > MAX_HYDRATE_BYTES;
    return isTooLarge ? err({ tag: "too-large", limitBytes: MAX_HYDRATE_BYTES }) : ok(undefined);
  }

  async #read(
    reader: Reader,
    read: (stored: DocumentBytes) => Result<Uint8Array, { readonly reason: string }>,
  ): Promise<Result<DocumentContent, RoomProblem>> {
    const { context, behaviour, rates } = this.#desk;
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    const bytes = behaviour.room.document.bytes();
    if (bytes > MAX_HYDRATE_BYTES) return err({ tag: "too-large", limitBytes: MAX_HYDRATE_BYTES });
    if (!rates.mayRead(reader, Date.now())) return err(tooFast("answers"));
    const version = currentVersion(context.storage);
    const body = read(this.#stored());
    if (!body.ok) return err({ tag: "bad-edit", reason: body.error.reason });
    rates.noteAnswered(reader, Math.max(bytes, body.value.length), Date.now());
    return ok({ version, body: body.value });
  }

  #stored(): DocumentBytes {
    const { storage } = this.#desk.context;
    return { parts: storage.parts.read(), rows: storage.log.readSince(storage.parts.info()?.seq ?? 0) };
  }
}
