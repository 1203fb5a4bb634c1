/** What is wrong with metadata or with a chunk, as the end of a sentence whose beginning names them. */
export class Damage extends Error {
  override name = "Damage";
}
