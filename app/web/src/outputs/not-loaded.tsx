// What stands where something of an output did not come: why, and the way to ask again.

export function NotLoaded({ error, again }: { readonly error: string; readonly again: () => void }) {
  return (
    <p className="output-note" role="alert">
      It could not be loaded: {error}{" "}
      <button type="button" className="text-button" onClick={again}>
        Try again
      </button>
    </p>
  );
}
