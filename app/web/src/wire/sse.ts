// Server-sent events from text: complete frames only, however the text is cut.

/** One event: its name and its data. */
export interface Frame {
  readonly event: string;
  readonly data: string;
}

/** Feed it text as it comes. */
export class Parser {
  #rest = "";
  #event = "";
  #data: string[] = [];

  /** The frames that are complete with this piece. A comment gives none. */
  feed(piece: string): Frame[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.#line(line.endsWith("\r") ? line.slice(0, -1) : line));
  }

  #line(line: string): Frame[] {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + (line[colon + 1] === " " ? 2 : 1));
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    return [];
  }

  #dispatch(): Frame[] {
    const frame = { event: this.#event || "message", data: this.#data.join("\n") };
    const some = this.#data.length > 0;
    this.#event = "";
    this.#data = [];
    return some ? [frame] : [];
  }
}
