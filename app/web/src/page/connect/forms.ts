// What each client is given, as `intheloop connect` prints it: a line for a shell, or its file. Pure.

export const CLIENTS = {
  "claude-code": "Claude Code",
  "claude-desktop": "Claude Desktop",
  other: "Another MCP client",
  program: "A script or program",
} as const;
export type ClientName = keyof typeof CLIENTS;

/** A text to copy, and in a sentence where it goes. */
export interface Form {
  readonly text: string;
  readonly where: string;
}

/**
 * The forms for a client that comes to this origin with this secret. `command` starts `intheloop` on
 * this machine; null if nobody knows how.
 */
export function formsFor(
  client: ClientName,
  origin: string,
  secret: string,
  command: readonly string[] | null,
): readonly Form[] {
  const [start = "intheloop", ...more] = command ?? [];
  switch (client) {
    case "claude-code":
      return [
        {
          text: `claude mcp add --transport http intheloop ${origin}/mcp --header 'Authorization: Bearer ${secret}'`,
          where: "Paste this line into a terminal, in the folder where you use Claude Code.",
        },
      ];
    case "claude-desktop":
      return [
        {
          text: shown({
            command: start,
            args: [...more, "mcp"],
            env: { INTHELOOP_URL: origin, INTHELOOP_TOKEN: secret },
          }),
          where:
            "Put this into claude_desktop_config.json (Settings, Developer, Edit Config), then start Claude Desktop anew. " +
            (command
              ? "On another machine, give as command the full path that `which intheloop` prints there."
              : "Give as command the full path that `which intheloop` prints where Claude Desktop runs: it looks nowhere else."),
        },
      ];
    case "other":
      return [
        {
          text: shown({
            type: "http",
            url: `${origin}/mcp`,
            headers: { Authorization: `Bearer ${secret}` },
          }),
          where: "Put this where the client keeps its MCP servers.",
        },
      ];
    case "program":
      return [
        {
          text: `export INTHELOOP_URL=${origin} INTHELOOP_TOKEN=${secret}`,
          where: "Set these for the intheloop commands and the Python client.",
        },
        {
          text: `curl -H 'Authorization: Bearer ${secret}' --json '{}' ${origin}/api/tools/list_notebooks`,
          where: "Or call any tool over HTTP; /openapi.json describes them all.",
        },
      ];
  }
}

function shown(entry: unknown): string {
  return JSON.stringify({ mcpServers: { intheloop: entry } }, null, 2);
}
