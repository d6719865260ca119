/**
 * All that R2 holds of a project.
 * @module
 */
import type { Result } from "../protocol/result.ts";
import type { ProjectId } from "../protocol/room-id.ts";
import { type R2Failed, attempt } from "./r2-failed.ts";

/** One call of R2 deletes as many. */
const PAGE_OBJECTS = 1_000;

/** Deletes a page of the project's objects; how many there were. None is the end. */
export async function deleteProjectPage(bucket: R2Bucket, project: ProjectId): Promise<Result<number, R2Failed>> {
  return await attempt(async () => {
    const { objects, truncated } = await bucket.list({ prefix: `projects/${project}/`, limit: PAGE_OBJECTS });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    // R2 may answer a list with fewer objects than there are, even none.
    return truncated ? Math.max(1, objects.length) : objects.length;
  });
}
