/**
 * Images that are pasted, dropped or chosen go to the server; the document gets their address when they are there.
 * @module
 */
import { type Result, err, ok } from "../../src/protocol/result.ts";
import { type ApiError, problemOf, textOf, unreadable } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";
import { isAssetAddress } from "./image-node.ts";

/** The server takes no more (10 MB), and it would be a pity to find that out at the end. */
export const MAX_IMAGE_BYTES = 10 * 1024 * 1024;

export type Upload = {
  readonly done: Promise<Result<string, ApiError>>;
  readonly cancel: () => void;
};

/** Sends `file` to `address`; `onProgress` hears the share that is there, 0…1. `done` gives the image's address. */
export function uploadImage(address: string, file: Blob, onProgress: (share: number) => void): Upload {
  // Not fetch: it tells nothing of a request on its way.
  const request = new XMLHttpRequest();
  const { promise, resolve } = Promise.withResolvers<Result<string, ApiError>>();
  request.open("POST", address);
  request.setRequestHeader("accept", "application/json, application/problem+json");
  request.setRequestHeader("content-type", "application/octet-stream");
  request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total));
  request.addEventListener("load", () => resolve(readAnswer(request.status, parseJson(request.responseText))));
  for (const failure of ["error", "abort", "timeout"]) {
    request.addEventListener(failure, () => resolve(err({ tag: "unreachable" })));
  }
  request.send(file);
  return { done: promise, cancel: () => request.abort() };
}

/** In px; undefined where the browser cannot read it. */
export async function imageSize(file: Blob): Promise<{ readonly width: number; readonly height: number } | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}

function readAnswer(status: number, body: unknown): Result<string, ApiError> {
  if (status < 200 || status > 299) return err(problemOf(status, body));
  const path = textOf(fieldOf(body, "path"));
  return isAssetAddress(path) ? ok(path) : err(unreadable(status));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
