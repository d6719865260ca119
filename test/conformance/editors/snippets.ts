/**
 * What README tells people who have a provider or an editor already: the table of providers and a module for each editor.
 * @module
 */

/** A module as it stands there. */
export type Snippet = { readonly title: string; readonly language: "js" | "jsx"; readonly code: string };

/** A line of the table: who it is for, and the expression in it. */
export type Row = { readonly uses: string; readonly code: string };

/** The host of README's modules. */
export const LOCAL_HOST = "localhost:8787";
/** The host of README's table. */
export const DEPLOYED_HOST = "roost.example.com";
const HEADING = "### You use X: write this";

/** The installed package that README means by a name, where versions stand beside one another under names of their own. */
export const ALIASES: Readonly<Record<string, string>> = { "@hocuspocus/provider": "hocuspocus-provider-4" };

/** One for each heading below the table. */
export function snippetsIn(readme: string): readonly Snippet[] {
  return sectionOf(readme)
    .split("\n#### ")
    .slice(1)
    .map((part) => {
      const [, title, language, code] = /^([^\n]*)\n.*?```(jsx?)\n(.*?)```/s.exec(part) ?? [];
      if (title === undefined || code === undefined) throw new Error(`no module in: ${part}`);
      return { title, language: language === "jsx" ? "jsx" : "js", code };
    });
}

export function rowsIn(readme: string): readonly Row[] {
  const rows = sectionOf(readme).matchAll(/^\| (.*) \| `(.*)` \|$/gm);
  return [...rows].map(([, uses = "", code = ""]) => ({ uses, code }));
}

function sectionOf(readme: string): string {
  const [, below] = readme.split(`\n${HEADING}\n`);
  const [section] = below?.split(/\n##? /) ?? [];
  if (section === undefined) throw new Error(`README has no "${HEADING}"`);
  return section;
}
