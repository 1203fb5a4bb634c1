/** Thrown where bytes are no image that can be read: damaged, cut short, too large, of an unknown kind. */
export class UnreadableImageError extends Error {
  override name = "UnreadableImageError";
}

/** What to throw where a source can't be opened. */
export function unreadableSource(
  name: string,
  cause: { code?: string; message: string },
): UnreadableImageError {
  const reason =
    cause.code === "ENOENT"
      ? "no such file"
      : cause.code === "EISDIR"
        ? "it is a folder; give an image file"
        : `it can't be opened (${cause.message})`;
  return unreadable(name, reason, cause);
}

/** What to throw where the bytes of a source can't be decoded. */
export function unreadableBytes(name: string, cause: Error): UnreadableImageError {
  const reason =
    cause instanceof UnreadableImageError
      ? cause.message
      : `it is damaged or of a kind that can't be read (${cause.message}); save it again as PNG or plain TIFF`;
  return unreadable(name, reason, cause);
}

function unreadable(name: string, reason: string, cause: unknown): UnreadableImageError {
  return new UnreadableImageError(`${name}: ${reason.replace(/\s+/g, " ")}`, { cause });
}
