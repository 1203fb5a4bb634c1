/** How a network is loaded. */
export interface LoadOptions {
  /**
   * The weights, or where they are, in place of the file beside the code: for bundlers that don't follow
   * `new URL(…, import.meta.url)`, or a server of your own. It must be the same file.
   */
  weights?: URL | string | Uint8Array | ArrayBuffer;
  /** Told how many bytes there are so far, and of how many. */
  onProgress?: (progress: LoadProgress) => void;
  signal?: AbortSignal;
}

/** How far the weights are, bytes. */
export interface LoadProgress {
  loaded: number;
  total: number;
}
