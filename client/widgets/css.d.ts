/** A style sheet as text; scripts/bundle-widget.ts minifies it. */
declare module "*.css" {
  const text: string;
  // oxlint-disable-next-line import/no-default-export -- what a bundler makes of a file that is no module
  export default text;
}
