// Identifiers as the fleet makes them (schemas/ids.py): UUIDv7 in lower-case Crockford base32, sorted by time.

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const CHARS = 26;

export function newId(now = Date.now(), random = crypto.getRandomValues(new Uint8Array(10))): string {
  const bits = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const randA = (bits >> 68n) & 0xfffn;
  const randB = bits & ((1n << 62n) - 1n);
  const time = BigInt(now) & ((1n << 48n) - 1n);
  const value = (time << 80n) | (7n << 76n) | (randA << 64n) | (2n << 62n) | randB;
  return Array.from({ length: CHARS }, (_, at) => digit(value, CHARS - 1 - at)).join("");
}

function digit(value: bigint, place: number): string {
  return ALPHABET[Number((value >> BigInt(5 * place)) & 31n)] ?? "";
}
