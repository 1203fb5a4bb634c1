import { InvalidArgumentError } from "commander";

/** A whole number of at least `least`, and at most `most`, for an option's value. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least || value > most) {
      const right = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `of at least ${least}`;
      throw new InvalidArgumentError(`It must be a whole number ${right}.`);
    }
    return value;
  };
}

/** A positive number, for an option's value. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value))
    throw new InvalidArgumentError("It must be a positive number.");
  return value;
}

/** Positive numbers between commas, for an option's value; `none` gives an empty list. */
export function positives(text: string): number[] {
  return text === "none" ? [] : text.split(",").map(positive);
}

/** A factor by which images are resized, for an option's value. */
export function scaleFactor(text: string): number {
  const value = Number(text);
  if (!(value >= 0.01 && value <= 100))
    throw new InvalidArgumentError("It must be a number from 0.01 to 100.");
  return value;
}

/** 0 or a positive number, for an option's value. */
export function notNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError("It must be 0 or a positive number.");
  }
  return value;
}

/** A number of bytes such as `500M` or `2G`, in steps of 1024. */
export function byteCount(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const power = ["", "K", "M", "G", "T"].indexOf(match?.[2].toUpperCase() ?? "");
  const value = Number(match?.[1]) * 1024 ** power;
  if (!(value > 0)) throw new InvalidArgumentError("It must be a size such as 500M or 2G.");
  return value;
}

/** Sample numbers as in `0-17,20`: ranges include both ends. */
export function sampleNumbers(text: string): number[] {
  return numbersIn(text, "sample numbers such as 0-17 or 0,4,7-9");
}

/** {@link sampleNumbers}, or `none`. */
export function numbersOrNone(text: string): number[] {
  return text === "none" ? [] : numbersIn(text, "sample numbers such as 0-17 or 0,4,7-9, or none");
}

/** Numbers of planes or channels as in `0-4,7`: ranges include both ends. */
export function wholeNumbers(text: string): number[] {
  return numbersIn(text, "a number or a range such as 2, 0-4 or 0,2,5-7");
}

/** More than any file has; a range becomes a list, so its length is limited. */
const MOST_NUMBERS = 1_000_000;

function numbersIn(text: string, right: string): number[] {
  let count = 0;
  const numbers = text.split(",").flatMap((part) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    if (!match) throw new InvalidArgumentError(`It must be ${right}.`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (last < first) throw new InvalidArgumentError(`${part} runs backwards.`);
    count += last - first + 1;
    if (count > MOST_NUMBERS) throw new InvalidArgumentError(`${part} has too many numbers.`);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(numbers)];
}

/** Names separated by commas, each one of `allowed`. */
export function namesOf<Name extends string>(allowed: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    text.split(",").map((part) => {
      const name = part.trim() as Name;
      if (!allowed.includes(name)) throw new InvalidArgumentError(`It knows ${allowed.join(", ")}.`);
      return name;
    });
}
