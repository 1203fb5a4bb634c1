import { Unavailable } from "../errors.js";
import type { Candidate } from "./candidate.js";

export const simd: Candidate = {
  name: "simd",
  async start() {
    throw new Unavailable("not installed (@unet/backend-simd is not published yet)");
  },
};
