import { AditError, checkRegion } from "@adit/bedrock";

/** Regions of a list, trimmed. @throws AditError `invalid_region` that names the entry and what was probably meant. */
export function checkRegions(regions: readonly string[], param: string): string[] {
  return regions.map((region, index) => {
    try {
      return checkRegion(region);
    } catch (error) {
      if (!AditError.isInstance(error)) throw error;
      throw new AditError(error.code, error.message, { param: `${param}[${index}]` });
    }
  });
}
