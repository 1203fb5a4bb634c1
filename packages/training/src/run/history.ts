import type { ValidationResult } from "../events.js";

/** A point of the loss curve. */
export interface HistoryEntry {
  step: number;
  loss: number;
  gradientNorm: number;
  rate: number;
}

/** An evaluation after `step` steps. */
export interface EvaluationEntry {
  step: number;
  validation: ValidationResult;
}

/** What a `history.jsonl` holds. */
export interface History {
  history: HistoryEntry[];
  evaluations: EvaluationEntry[];
  /** Lines that can't be read. */
  damaged: number;
}

/** Reads the lines of a history up to and including `step`; those that are damaged are counted and left out. */
export function parseHistory(text: string, step: number): History {
  // The last line may be cut where the program was killed; it is after any checkpoint.
  const lines = text.split("\n").slice(0, -1);
  const entries = lines.map(entryOf);
  const kept = entries.filter((entry) => entry !== undefined).filter((entry) => entry.step <= step);
  return {
    history: kept.filter((entry) => "loss" in entry),
    evaluations: kept.filter((entry) => "validation" in entry),
    damaged: entries.filter((entry) => entry === undefined).length,
  };
}

/** Steps and evaluations as lines, in the order of their steps. */
export function historyLines(entries: ReadonlyArray<HistoryEntry | EvaluationEntry>): string {
  return entries
    .toSorted((a, b) => a.step - b.step)
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join("");
}

/** The evaluation that JSON holds, which has null for what is no finite number. */
export function evaluationOf({ step, validation }: EvaluationEntry): EvaluationEntry {
  const { loss, constantLoss, value } = validation;
  const numbers = { loss: orNaN(loss), constantLoss: orNaN(constantLoss) };
  return { step, validation: { ...validation, ...numbers, value: orNaN(value) } };
}

function entryOf(line: string): HistoryEntry | EvaluationEntry | undefined {
  try {
    const entry = JSON.parse(line);
    if (!Number.isSafeInteger(entry.step)) return undefined;
    if (typeof entry.validation?.measure === "string") return evaluationOf(entry);
    const numbers = [entry.loss, entry.gradientNorm, entry.rate];
    return numbers.every((value) => typeof value === "number") ? entry : undefined;
  } catch {
    return undefined;
  }
}

function orNaN(value: number | null): number {
  return value ?? Number.NaN;
}
