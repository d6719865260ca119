/**
 * What an operation writes, in the form that its place takes: out of JSON, or as a document holds it already, with what JSON lacks.
 * @module
 */
import { AbstractType, XmlElement, XmlText } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import { type Json, jsonOf, typeJsonOf } from "../document/content-json.ts";
import { copyType } from "./copy-type.ts";
import { isElementShape, makeChild, makeValue } from "./make-values.ts";
import { type Misfit, misfit } from "./misfit.ts";

export type Material = {
  /** In a map, or in a list that is no XML. */
  readonly inValue: () => Result<unknown, Misfit>;
  readonly inXml: () => Result<XmlElement | XmlText, Misfit>;
  /** In a value that is kept whole, or an attribute. */
  readonly inPlain: () => Result<unknown, Misfit>;
  /** What a list without a kind becomes when it comes there. */
  readonly isElement: boolean;
};

export function fromJson(json: Json): Material {
  return {
    inValue: () => ok(makeValue(json)),
    inXml: () => makeChild(json),
    inPlain: () => ok(json),
    isElement: isElementShape(json),
  };
}

/** A plain value as it is kept, with bytes, big integers and undefined. */
export function fromPlain(value: unknown): Material {
  const kept = () => ok(value);
  return { inValue: kept, inXml: () => makeChild(jsonOf(value)), inPlain: kept, isElement: false };
}

/** Copied now: what it is a copy of may go before it is written. */
export function copyOf(held: unknown): Material {
  if (!(held instanceof AbstractType)) {
    // SAFETY: shapes are looked for in it and what they hold is passed on, be it JSON or not.
    return { ...fromPlain(held), inValue: () => ok(makeValue(held as Json)) };
  }
  const value = copyType(held, "in a value");
  const child = copyType(held, "in XML");
  const plain = typeJsonOf(held, "to make");
  return {
    inValue: () => value,
    inXml: () => {
      if (!child.ok) return child;
      const made: unknown = child.value;
      return made instanceof XmlElement || made instanceof XmlText
        ? ok(made)
        : misfit("the value is no element and no text");
    },
    inPlain: () => ok(plain),
    isElement: held instanceof XmlElement,
  };
}
