// Copying text, where the browser lets a page do it: only one that came over TLS or from the same machine has a clipboard.

export const CAN_COPY = "clipboard" in navigator;

export function copy(text: string): void {
  void navigator.clipboard.writeText(text);
}
