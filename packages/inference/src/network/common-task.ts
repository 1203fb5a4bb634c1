import type { Task } from "../segmentation/task.js";

/**
 * The task of several networks together. What they see and what their scores mean must be the same; of thresholds and
 * smallest objects it is the median, of ways to split the most frequent. Networks without a task have none.
 *
 * @throws RangeError where they disagree
 */
export function commonTask(tasks: Array<Task | undefined>): Task | undefined {
  const [first] = tasks;
  for (const task of tasks) {
    for (const of of [sight, meaning]) {
      const [a, b] = [of(first), of(task)];
      if (a !== b)
        throw new RangeError(`meanOf: networks must be trained for the same; one is for ${a}, one for ${b}`);
    }
  }
  if (!first) return undefined;
  const outs = (tasks as Task[]).map(({ out }) => out);
  const { recipe, aim, scale, symmetries } = first;
  return {
    ...(recipe !== undefined && tasks.every((task) => task?.recipe === recipe) && { recipe }),
    aim,
    scale,
    ...(symmetries !== undefined && tasks.every((task) => task?.symmetries === symmetries) && { symmetries }),
    out: {
      score: first.out.score,
      threshold: median(outs.map(({ threshold }) => threshold)),
      split: mostFrequent(outs.map(({ split }) => split)),
      minimumSize: median(outs.map(({ minimumSize }) => minimumSize)),
      fillHoles: mostFrequent(outs.map(({ fillHoles }) => fillHoles)),
    },
  };
}

const sight = (task?: Task) => (task ? `${task.aim} at scale ${task.scale}` : "no task");
const meaning = (task?: Task) => (task ? `scores ${task.out.score.join(", ")}` : "no task");

/** Of an even number the lower of the two in the middle, so that it is one that was chosen. */
function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[(values.length - 1) >> 1];
}

/** The first of equally frequent ones. */
function mostFrequent<Value>(values: Value[]): Value {
  const count = (value: Value) => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (count(value) > count(best) ? value : best));
}
