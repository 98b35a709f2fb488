// Whether a credential still opens anything. Pure.

import type { Credential } from "../../generated.ts";

export function isLiving({ revoked = false, expires_at }: Credential, now: number): boolean {
  return !revoked && (!expires_at || Date.parse(expires_at) > now);
}
