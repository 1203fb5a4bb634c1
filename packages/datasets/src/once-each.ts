import type { DecodeOptions } from "@unet/image";

/** The same options, by which each notice is given once however often a file is read. */
export function onceEach({ maxPixels, onNotice }: DecodeOptions): DecodeOptions {
  const given = new Set<string>();
  return {
    maxPixels,
    onNotice(notice) {
      if (given.has(notice)) return;
      given.add(notice);
      onNotice?.(notice);
    },
  };
}
