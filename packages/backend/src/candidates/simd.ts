import { Unavailable } from "../errors.js";
import type { Candidate } from "./candidate.js";

export const simd: Candidate = { name: "simd", probe: refuse, start: refuse };

async function refuse(): Promise<never> {
  throw new Unavailable("not installed (@unet/backend-simd is not published yet)");
}
