import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { leftoversIn } from "@unet/image/node";
import { runObstacle } from "@unet/training";
import { UsageError } from "../messages/errors.js";
import { Inputs } from "./inputs.js";
import { placeOf } from "./place.js";

/**
 * @throws UsageError where a folder that is to be made whole is an input, or holds anything but what killed processes
 *   left
 */
export async function assertNewFolder(
  path: string,
  option: string,
  inputs: Array<string | undefined> = [],
): Promise<void> {
  assertFolder(path, option, inputs);
  if (!existsSync(path)) return;
  const names = readdirSync(path);
  if (names.length > (await leftoversIn(path)).length) {
    throw new UsageError(`${option} ${path} holds ${names[0]}; name a new or an empty folder`);
  }
}

/**
 * Checks where a new run is to be, before it is prepared.
 *
 * @throws UsageError where the folder is an input, or holds a run or what a run would write over
 */
export async function assertRunFolder(path: string, inputs: Array<string | undefined>): Promise<void> {
  assertFolder(path, "--out", inputs);
  const obstacle = await runObstacle(path);
  if (obstacle?.isRun) {
    throw new UsageError(
      `--out ${path} holds ${obstacle.found}; go on with unet train --resume ${path}, or name another folder`,
    );
  }
  const other = ["report.html", "tensorboard"].find((name) => existsSync(join(path, name)));
  const found = obstacle?.found ?? (other && `${other}, which is of no run`);
  if (found) throw new UsageError(`--out ${path} holds ${found}; name another folder`);
}

/**
 * @param report the page of such a report, which says of the other files that they are ours
 * @param title what it has as its title
 * @throws UsageError where a report's files would take the place of others
 */
export function assertReportFolder(path: string, report: string, title: string, files: RegExp): void {
  assertFolder(path, "--out", []);
  if (!existsSync(path)) return;
  const page = join(path, report);
  const isOurs = existsSync(page) && readFileSync(page, "utf8").includes(`<title>${title}</title>`);
  const other = isOurs ? undefined : readdirSync(path).find((name) => name === report || files.test(name));
  if (other)
    throw new UsageError(`--out ${path} holds ${other}, which is of no such report; name another folder`);
}

function assertFolder(path: string, option: string, inputs: Array<string | undefined>): void {
  const place = placeOf(path);
  const input = new Inputs(inputs).at(place);
  if (input !== undefined) throw new UsageError(`${option} ${path} is an input; name another folder`);
  if (place.blockedBy !== undefined || (place.file !== undefined && !place.isFolder)) {
    throw new UsageError(`${option} ${path} can't be a folder: ${place.blockedBy ?? path} is a file`);
  }
}
