import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { bundleWidget } from "../../../scripts/bundle-widget.ts";

/** Of the issue: a page on a phone loads it beside everything else. */
const MAX_BYTES = 10 * 1024;

it("[CW18] the whole widget is one file of at most 10 KB compressed, without Yjs, an import or an inline style", async () => {
  const { bytes, parts } = await bundleWidget();
  const text = new TextDecoder().decode(bytes);
  expect(gzipSync(bytes, { level: 9 }).byteLength).toBeLessThanOrEqual(MAX_BYTES);
  expect([...parts.keys()].filter((path) => path.includes("node_modules"))).toEqual([]);
  expect(text).not.toMatch(/\bimport\b(?!\.meta)|\beval\b|innerHTML|cssText|"style"/);
});
