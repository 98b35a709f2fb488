// Which of the forms of an output is shown. Pure.

/** The forms that are known here, the richest first. */
const KNOWN: readonly RegExp[] = [
  /^application\/vnd\.vegalite\.v\d+\+json$/,
  /^application\/vnd\.vega\.v\d+\+json$/,
  /^application\/vnd\.plotly\.v1\+json$/,
  /^text\/html$/,
  /^image\/svg\+xml$/,
  /^image\/(png|jpeg|gif|webp)$/,
  /^text\/latex$/,
  /^text\/markdown$/,
  /^application\/json$/,
  /^text\/plain$/,
];

/** The richest form that is known, else the first one. */
export function richestOf(mimes: readonly string[]): string | undefined {
  return KNOWN.flatMap((known) => mimes.find((one) => known.test(one)) ?? [])[0] ?? mimes[0];
}

export function isKnown(mime: string): boolean {
  return KNOWN.some((known) => known.test(mime));
}
