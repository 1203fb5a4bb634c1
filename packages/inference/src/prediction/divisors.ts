/** The greatest whole number that divides both. */
export function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** The least positive whole number that both divide. */
export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestDivisor(a, b)) * b;
}
