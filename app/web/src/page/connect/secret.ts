// A secret that is made here: the server is sent its sha256 and never the secret itself.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

export interface Secret {
  readonly secret: string;
  readonly sha256: string;
}

/** 256 random bits with the prefix of what they are for: a credential, or a link. */
export function newSecret(prefix: "itl_" | "itk_" = "itl_"): Secret {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const text = btoa(String.fromCharCode(...bytes));
  const secret = `${prefix}${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
  return { secret, sha256: bytesToHex(sha256(utf8ToBytes(secret))) };
}
