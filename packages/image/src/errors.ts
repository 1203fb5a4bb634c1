/** Thrown where bytes are no image that can be read: damaged, cut short, too large, of an unknown kind. */
export class UnreadableImageError extends Error {
  override name = "UnreadableImageError";
}
