// An image, which can be saved. One that is text (SVG) is shown as an image too: nothing in it runs.

import { useEffect, useState } from "react";
import { bytesOf, save } from "./saving.ts";
import { textOf, type Held } from "./value.ts";

export default function Picture({
  mime,
  held,
  label,
}: {
  readonly mime: string;
  readonly held: Held;
  readonly label: string;
}) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([partOf(mime, held)], { type: mime }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [mime, held]);
  const ending = mime.slice("image/".length).replace("+xml", "");
  return (
    <div className="output-picture">
      {address ? <img src={address} alt={label || "Image"} className="output-image" /> : null}
      <button
        type="button"
        className="button output-save"
        onClick={() => save(partOf(mime, held), `picture.${ending}`)}
      >
        Save picture
      </button>
    </div>
  );
}

function partOf(mime: string, held: Held): BlobPart {
  if (held.bytes) return held.bytes;
  const text = textOf(held.json);
  return mime === "image/svg+xml" ? text : bytesOf(text);
}
