// A text to be copied, with the button that does it.

import { Check, Copy } from "lucide-react";
import { useState } from "react";

export function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(text).then(() => setCopied(true));
  };
  return (
    <div className="copied">
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
      <button type="button" className="button" onClick={copy}>
        {copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
        {copied ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
