/** Formats that are not read, by what their files begin with: bytes as text from an offset on. */
const KINDS: Array<[name: string, offset: number, begins: string]> = [
  ["a GIF", 0, "GIF8"],
  ["a BMP", 0, "BM"],
  ["a WebP", 8, "WEBP"],
  ["a HEIC or HEIF", 4, "ftyphei"],
  ["a HEIC or HEIF", 4, "ftyphev"],
  ["a HEIC or HEIF", 4, "ftypmif1"],
  ["an AVIF", 4, "ftypavif"],
  ["a JPEG 2000", 4, "jP  "],
  ["a JPEG 2000", 0, "\xff\x4f\xff\x51"],
  ["a JPEG XL", 0, "\xff\x0a"],
  ["a JPEG XL", 4, "JXL "],
  ["a CZI (Zeiss)", 0, "ZISRAWFILE"],
  ["an ND2 (Nikon)", 0, "\xda\xce\xbe\x0a"],
  ["a LIF (Leica)", 0, "\x70\x00\x00\x00"],
  ["an OIB or another OLE file", 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"],
  ["a DICOM", 128, "DICM"],
  ["an HDF5 (or IMS, NetCDF)", 0, "\x89HDF"],
  ["a NumPy array", 0, "\x93NUMPY"],
  ["a MATLAB file", 0, "MATLAB"],
  ["a DM3 (Gatan)", 0, "\x00\x00\x00\x03"],
  ["a DM4 (Gatan)", 0, "\x00\x00\x00\x04"],
  ["an MRC", 208, "MAP "],
  ["a FITS", 0, "SIMPLE  ="],
  ["an NRRD", 0, "NRRD"],
  ["a PSD (Photoshop)", 0, "8BPS"],
  ["a PDF", 0, "%PDF"],
  ["PostScript", 0, "%!PS"],
  ["a ZIP", 0, "PK\x03\x04"],
  ["a gzip", 0, "\x1f\x8b"],
  ["a tar", 257, "ustar"],
  ["an MP4 or MOV", 4, "ftyp"],
  ["an AVI", 8, "AVI "],
  ["a Matroska or WebM", 0, "\x1a\x45\xdf\xa3"],
  ["an OpenEXR", 0, "\x76\x2f\x31\x01"],
  ["a PNM", 0, "P5"],
  ["a PNM", 0, "P6"],
];

/** What a file is by its first bytes, such as `"a GIF"`; `undefined` where they say nothing. */
export function kindOf(bytes: Uint8Array): string | undefined {
  const found = KINDS.find(([, offset, begins]) =>
    [...begins].every((letter, i) => bytes[offset + i] === letter.charCodeAt(0)),
  );
  if (found) return found[0];
  const text = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart().toLowerCase();
  if (text.startsWith("<!doctype html") || text.startsWith("<html")) return "a web page";
  if (text.startsWith("<svg") || (text.startsWith("<?xml") && text.includes("<svg"))) return "an SVG";
  if (text.startsWith("version https://git-lfs")) return "a pointer of Git LFS, not the file itself";
  return undefined;
}
