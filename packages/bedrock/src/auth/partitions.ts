/** A partition of AWS: regions under one DNS suffix, with accounts of their own. */
export interface Partition {
  id: string;
  dnsSuffix: string;
  dualStackDnsSuffix: string;
  regions: RegExp;
}

function partition(id: string, dnsSuffix: string, dualStackDnsSuffix: string, regions: RegExp): Partition {
  return { id, dnsSuffix, dualStackDnsSuffix, regions };
}

const standard = partition("aws", "amazonaws.com", "api.aws", /^(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+$/);

/** Source: AWS's partitions table, version 1.1, as its SDKs carry it. FIPS and dual-stack names exist in each. */
export const partitions: readonly Partition[] = [
  standard,
  partition("aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn", /^cn-\w+-\d+$/),
  partition("aws-us-gov", "amazonaws.com", "api.aws", /^us-gov-\w+-\d+$/),
  partition("aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu", /^eusc-de-\w+-\d+$/),
  partition("aws-iso", "c2s.ic.gov", "api.aws.ic.gov", /^us-iso-\w+-\d+$/),
  partition("aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud", /^us-isob-\w+-\d+$/),
  partition("aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", /^eu-isoe-\w+-\d+$/),
  partition("aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov", /^us-isof-\w+-\d+$/),
];

/** The partition of a region. A region that no row knows, as a new one, belongs to `aws`, as in AWS's own SDKs; so does none. */
export function partitionOf(region: string | undefined): Partition {
  return partitions.find((row) => region !== undefined && row.regions.test(region)) ?? standard;
}
