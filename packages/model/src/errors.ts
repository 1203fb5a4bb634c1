/** Thrown where a file or bytes hold no model that this version can open, or one that is damaged. */
export class ModelFormatError extends Error {
  override name = "ModelFormatError";
}
