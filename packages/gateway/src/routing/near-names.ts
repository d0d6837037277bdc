/** "Did you mean ...", of the library's own. */
export { didYouMean, nearName } from "@adit/bedrock";
