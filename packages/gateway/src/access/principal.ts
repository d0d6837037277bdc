/** Who calls, as far as access is concerned. */
export interface Principal {
  /** `admin`: the operator's own key. */
  role: "admin";
  /** The text of the key that was shown, so that it is never taken for a credential of AWS's. Compared, never kept. */
  isGatewayKey(value: string): boolean;
}
