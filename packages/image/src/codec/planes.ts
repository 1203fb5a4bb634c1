/**
 * Which planes of a file are meant: numbers from 0 along its channels, its depth (z) and its time (t), one or
 * several. What is absent is all. `{ z: 3 }` is one plane of all channels, `{ channel: [0, 2] }` two channels
 * of every plane.
 */
export interface PlaneChoice {
  channel?: number | readonly number[];
  z?: number | readonly number[];
  t?: number | readonly number[];
}

/**
 * The numbers that a choice names along one axis, all where it names none; in the order in which it names them.
 *
 * @param size how many there are along the axis
 * @param name what the file is called in messages
 * @throws RangeError where the file has no plane of a number, a number is given twice, or a list is empty
 */
export function chosenAlong(
  axis: keyof PlaneChoice,
  choice: PlaneChoice,
  size: number,
  name: string,
): number[] {
  const given = choice[axis];
  if (given === undefined) return Array.from({ length: size }, (_, index) => index);
  const numbers = typeof given === "number" ? [given] : [...given];
  if (numbers.length === 0) throw new RangeError(`${name}: ${axis} names no plane; leave it out for all`);
  for (const [i, number] of numbers.entries()) {
    if (!(Number.isInteger(number) && number >= 0 && number < size)) {
      const range = size === 1 ? "is 0 only" : `goes from 0 to ${size - 1}`;
      throw new RangeError(`${name}: its ${axis} ${range}; ${number} was asked for`);
    }
    if (numbers.indexOf(number) !== i) throw new RangeError(`${name}: ${axis} ${number} is named twice`);
  }
  return numbers;
}
