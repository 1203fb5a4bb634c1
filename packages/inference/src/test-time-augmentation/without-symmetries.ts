import type { Task } from "../segmentation/task.js";

/** The task of a network that averages by itself: nobody need do so again. */
export function withoutSymmetries(task: Task | undefined): Task | undefined {
  if (!task) return undefined;
  const { symmetries: _, ...rest } = task;
  return rest;
}
