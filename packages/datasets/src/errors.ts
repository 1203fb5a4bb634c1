/** What is wrong with the files of a data set; the message says where and what would be right. */
export class DatasetError extends Error {
  override readonly name = "DatasetError";
}
