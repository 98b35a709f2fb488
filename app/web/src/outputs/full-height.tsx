// What stands folded because it is high, and the button that unfolds it.

export function FullHeight({
  all,
  change,
}: {
  readonly all: boolean;
  readonly change: (all: boolean) => void;
}) {
  return (
    <button
      type="button"
      className="output-unfold"
      aria-expanded={all}
      onClick={() => change(!all)}
    >
      {all ? "Fold it again" : "Show at full height"}
    </button>
  );
}
