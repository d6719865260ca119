/**
 * Names that a person can say: for new documents, and for people who have not said theirs.
 * @module
 */

const MANNERS = ["amber", "bold", "calm", "clever", "dapper", "eager", "gentle", "keen", "lively", "merry", "nimble"];
const MORE_MANNERS = [
  "patient",
  "plucky",
  "quick",
  "quiet",
  "silver",
  "steady",
  "sunny",
  "swift",
  "warm",
  "wise",
  "witty",
];
const BIRDS = ["avocet", "bunting", "crane", "curlew", "dipper", "egret", "finch", "grebe", "heron", "jay", "kestrel"];
const MORE_BIRDS = [
  "lapwing",
  "linnet",
  "martin",
  "nuthatch",
  "oriole",
  "osprey",
  "petrel",
  "plover",
  "puffin",
  "robin",
];
const LAST_BIRDS = ["sandpiper", "siskin", "starling", "swallow", "tern", "thrush", "wagtail", "warbler", "wren"];

const ALL_MANNERS = [...MANNERS, ...MORE_MANNERS];
const ALL_BIRDS = [...BIRDS, ...MORE_BIRDS, ...LAST_BIRDS];

/** Without 0/o, 1/l/i and u, so that an id survives being read aloud. */
const ID_LETTERS = "23456789abcdefghjkmnpqrstvwxyz";
/** With the two words about 39 bits: two documents made by chance under one id are out of the question for a demo. */
const ID_TAIL = 6;

/** An id for a new document, such as `quiet-heron-x4k29m`. */
export function newDocumentId(): string {
  const tail = Array.from({ length: ID_TAIL }, () => pick([...ID_LETTERS])).join("");
  return `${pick(ALL_MANNERS)}-${pick(ALL_BIRDS)}-${tail}`;
}

/** A name such as `Quiet Heron`. */
export function newPersonName(): string {
  return [pick(ALL_MANNERS), pick(ALL_BIRDS)].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(" ");
}

/** One of `choices`, with equal chance. Throws when there is none. */
export function pick<T>(choices: readonly T[]): T {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const choice = choices[random % choices.length];
  if (choice === undefined) throw new RangeError("nothing to pick from");
  return choice;
}
