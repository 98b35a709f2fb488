// The order of names that both languages share: by code point, which is that of UTF-8 bytes.

/** Compares as Python compares str; `<` on strings would compare UTF-16 units. */
export function byCodePoint(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const first = one.charCodeAt(at);
    const second = other.charCodeAt(at);
    if (first !== second) return rank(first) - rank(second);
  }
  return one.length - other.length;
}

/** Surrogates stand for code points above all others, the units from U+E000 on for lower ones. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
