/** The browser's time zone, such as Asia/Tokyo; "" when it does not tell. */
export function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
