/**
 * What a server receives while people edit one document in every way Yjs has: updates in causal order, with undo, offline times
 * and merged offline edits.
 * @module
 */
import * as Y from "yjs";

export type Random = {
  /** A whole number, 0 ≤ n < limit. */
  readonly below: (limit: number) => number;
  readonly oneOf: <T>(first: T, ...rest: readonly T[]) => T;
};

/** The same numbers for the same seed (xorshift32). */
export function randomOf(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) | 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, oneOf: (first, ...rest) => rest[below(rest.length + 1)] ?? first };
}

type Typist = { readonly doc: Y.Doc; readonly undo: Y.UndoManager; readonly made: Uint8Array[]; isOnline: boolean };

const OFFLINE_CHANCE = 12;

/** The updates of 2–4 people, each on a replica of their own. Applied in order they never leave anything pending. */
export function updateHistory(seed: number, edits: number): Uint8Array[] {
  const random = randomOf(seed);
  const server = new Y.Doc();
  const people = Array.from({ length: 2 + random.below(3) }, (_, index) => newTypist(random, index));
  const history: Uint8Array[] = [];
  const submit = (update: Uint8Array): void => {
    history.push(update);
    Y.applyUpdate(server, update);
    for (const person of people) if (person.isOnline) Y.applyUpdate(person.doc, update, "remote");
  };
  const comeBack = (person: Typist): void => {
    person.isOnline = true;
    const offline = person.made.splice(0);
    const answer = Y.encodeStateAsUpdate(person.doc, Y.encodeStateVector(server));
    Y.applyUpdate(person.doc, Y.encodeStateAsUpdate(server, Y.encodeStateVector(person.doc)), "remote");
    if (offline.length === 0) return;
    submit(random.oneOf(answer, Y.mergeUpdates(offline)));
  };
  for (let edit = 0; edit < edits; edit += 1) {
    const person = people[random.below(people.length)];
    if (person === undefined) continue;
    if (random.below(OFFLINE_CHANCE) === 0) {
      if (person.isOnline) person.isOnline = false;
      else comeBack(person);
    }
    person.doc.transact(() => editSomewhere(person, random), "local");
    if (random.below(15) === 0)
      random.oneOf(
        () => person.undo.undo(),
        () => person.undo.redo(),
      )();
    if (person.isOnline) person.made.splice(0).forEach(submit);
  }
  for (const person of people) if (!person.isOnline) comeBack(person);
  return history;
}

function newTypist(random: Random, index: number): Typist {
  const doc = new Y.Doc();
  // Of every length, and never two alike: people who share an id have different documents with equal clocks.
  doc.clientID = 4 * random.oneOf(random.below(30), random.below(2 ** 30), 2 ** 40 + random.below(2 ** 30)) + index;
  const roots = [doc.getText("text"), doc.getMap("map"), doc.getArray("array"), doc.getXmlFragment("xml")];
  const undo = new Y.UndoManager(roots, { captureTimeout: 0, trackedOrigins: new Set(["local"]) });
  const made: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array, origin: unknown) => {
    if (origin !== "remote") made.push(update);
  });
  return { doc, undo, made, isOnline: true };
}

function editSomewhere({ doc }: Typist, random: Random): void {
  const edits = random.oneOf(1, 1, 1, 2, 6);
  for (let edit = 0; edit < edits; edit += 1) {
    random.oneOf(
      () => editText(doc.getText("text"), random),
      () => editText(doc.getText("text"), random),
      () => editMap(doc.getMap("map"), random),
      () => editArray(doc.getArray("array"), random),
      () => editXml(doc.getXmlFragment("xml"), random),
    )();
  }
}

const word = ({ oneOf }: Random): string => oneOf("lorem", " ", "文档", "né\u0000", "\uFEFFbom", "x");

function value(random: Random): unknown {
  const { oneOf, below } = random;
  const plain = oneOf<unknown>(
    null,
    undefined,
    true,
    -below(9e6),
    1.5,
    2 ** 52,
    12n,
    word(random),
    Uint8Array.of(1, 200),
  );
  return oneOf<unknown>(plain, plain, [plain, [word(random)]], { [word(random)]: plain, "😀": { a: "😀" } });
}

function sharedType(random: Random): unknown {
  const text = word(random);
  return random.oneOf<() => unknown>(
    () => new Y.Text(text),
    () => new Y.Map([[text, value(random)]]),
    () => Y.Array.from([text]),
    () => new Y.XmlElement(text),
    () => new Y.XmlText(text),
    () => new Y.XmlHook(text),
    () => new Y.Doc({ guid: text, meta: { a: [text] }, autoLoad: true }),
  )();
}

function editText(text: Y.Text, random: Random): void {
  const at = random.below(text.length + 1);
  const rest = text.length - at;
  const kind = random.below(9);
  if (kind < 4 || text.length === 0) text.insert(at, word(random));
  else if (kind < 6) text.delete(at, Math.min(1 + random.below(5), rest));
  else if (kind === 6)
    text.format(at, rest, { [random.oneOf("bold", "link")]: random.oneOf<unknown>(true, null, { href: "ü" }) });
  else if (kind === 7) text.insertEmbed(at, { image: word(random) });
  else text.insert(at, word(random), { bold: true });
}

function editMap(map: Y.Map<unknown>, random: Random): void {
  const key = random.oneOf("a", "b", "文", "");
  const old = map.get(key);
  const kind = random.below(6);
  if (old instanceof Y.AbstractType && kind < 4) editType(old, random);
  else if (kind === 0) map.delete(key);
  else
    map.set(
      key,
      random.oneOf<() => unknown>(
        () => value(random),
        () => sharedType(random),
      )(),
    );
}

function editArray(array: Y.Array<unknown>, random: Random): void {
  const at = random.below(array.length + 1);
  const old = at < array.length ? array.get(at) : undefined;
  const kind = random.below(6);
  if (old instanceof Y.AbstractType && kind < 4) editType(old, random);
  else if (kind === 0 && at < array.length) array.delete(at, 1);
  else if (kind === 1) array.insert(at, [sharedType(random)]);
  else array.insert(at, [{ [word(random)]: value(random) }, word(random), random.below(9)].slice(random.below(3)));
}

function editXml(xml: Y.XmlFragment, random: Random): void {
  const at = random.below(xml.length + 1);
  const old = at < xml.length ? xml.get(at) : undefined;
  const kind = random.below(7);
  if (old instanceof Y.AbstractType && kind < 4) editType(old, random);
  else if (xml instanceof Y.XmlElement && kind === 4) xml.setAttribute(word(random), word(random));
  else if (kind === 5 && at < xml.length) xml.delete(at, 1);
  else
    xml.insert(at, [
      random.oneOf<Y.XmlElement | Y.XmlText>(new Y.XmlElement(word(random)), new Y.XmlText(word(random))),
    ]);
}

function editType(type: unknown, random: Random): void {
  if (type instanceof Y.Text) editText(type, random);
  else if (type instanceof Y.Map) editMap(type, random);
  else if (type instanceof Y.XmlFragment) editXml(type, random);
  else if (type instanceof Y.Array) editArray(type, random);
}
