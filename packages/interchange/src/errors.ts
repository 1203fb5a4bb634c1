/** Thrown where a file holds no network that can be taken, or one that is damaged. One line, which names what is wrong. */
export class UnreadableNetworkError extends Error {
  override name = "UnreadableNetworkError";
  /** What did not match, line by line, where that is more than fits a message. */
  readonly table: readonly string[];

  constructor(
    message: string,
    { table = [], ...options }: ErrorOptions & { table?: readonly string[] } = {},
  ) {
    super(message, options);
    this.table = table;
  }
}

/** Thrown where a network holds what a format has no word for. */
export class UnsupportedLayerError extends Error {
  override name = "UnsupportedLayerError";
}
