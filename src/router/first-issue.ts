/**
 * What a schema has against a request, in one line.
 * @module
 */
type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

/** The first issue, with the place in the body or query that it is about. */
export function firstIssue(issues: readonly Issue[]): string {
  const [issue] = issues;
  if (issue === undefined) return "The request does not fit.";
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join(".")}: ${issue.message}`;
}
