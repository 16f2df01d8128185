// The certificate that an edge shows: self-signed, with nothing in it that anybody relies on but its key, whose hash connectors know
// beforehand (the pin). It has no end of its own: keys are replaced by rotation, and connectors' clocks need not be right. DER by hand
// (RFC 5280 section 4.1), as the only one that is ever made.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';

/** A P-256 private key with what belongs to it. */
export interface EdgeKey {
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
  /** SHA-256 of the public key as SubjectPublicKeyInfo, base64url. */
  readonly pin: string;
}

/** A new private key: PKCS #8, DER, base64. A secret. */
export function createEdgeKeyText(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

/** @param text as {@link createEdgeKeyText} made it @throws when it is not one */
export function edgeKeyOf(text: string): EdgeKey {
  const privateKey = createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, certificate: certificateOf(privateKey, publicKey), pin: pinOf(publicKey) };
}

/** @param publicKey SubjectPublicKeyInfo, DER */
export function pinOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('base64url');
}

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents);
/** 1.2.840.10045.4.3.2, ecdsa-with-SHA256. */
const algorithm = sequence(der(0x06, Buffer.from('2a8648ce3d040302', 'hex')));
/** 2.5.4.3, commonName. */
const name = sequence(
  der(0x31, sequence(der(0x06, Buffer.from('550403', 'hex')), der(0x0c, Buffer.from('bouncer tunnel')))),
);
/** RFC 5280 section 4.1.2.5: the latter is the time of what has no end. */
const validity = sequence(der(0x17, Buffer.from('200101000000Z')), der(0x18, Buffer.from('99991231235959Z')));

function certificateOf(privateKey: KeyObject, publicKey: Uint8Array): string {
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const body = sequence(version, der(0x02, serial), algorithm, name, validity, name, publicKey);
  const signature = sign('sha256', body, { key: privateKey, dsaEncoding: 'der' });
  const whole = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
