// What went wrong with a call, told apart by what its reader can do next.

/** The server said no, in a sentence with the next step. `more` holds what it sent along. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly type: string;
  readonly status: number;
  readonly retryable: boolean;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body["detail"] === "string" ? body["detail"] : `The server answered ${status}.`);
    this.status = status;
    this.type = String(body["type"] ?? "").replace("urn:intheloop:", "");
    this.retryable = body["retryable"] === true;
    this.more = body;
  }

  /** The browser is signed in no longer. */
  get signedOut(): boolean {
    return this.status === 401;
  }
}

/** No answer came: whether anything happened is not known, and the same call may be sent again. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";

  constructor(cause: unknown) {
    super("The server cannot be reached.", { cause });
  }
}

/** Whether the same call may succeed later. */
export function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && error.retryable);
}

/** The refusal that a response tells. */
export async function refusalOf(response: Response): Promise<Refusal> {
  const body: unknown = await response.json().catch(() => null);
  const said = typeof body === "object" && body !== null ? body : {};
  return new Refusal(response.status, said as Record<string, unknown>);
}
