// The operator's logo: a PNG or SVG by its own bytes, never by its name. It is shown as a picture alone, where an SVG runs no script.
import { createHash } from 'node:crypto';

/** A picture that pages show. */
export interface Logo {
  readonly type: 'image/png' | 'image/svg+xml';
  /** The file as it is, in base64. */
  readonly base64: string;
  /** Changes with the file: part of its address, so that browsers may keep it for ever. */
  readonly version: string;
  /** More than twice as wide as high: it has the name in it. */
  readonly isWide: boolean;
}

/** Why a file is no logo. */
export interface LogoFault {
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
}

/** More is a picture that was not made for this place; every visitor loads it once. */
export const maxLogoBytes = 65_536;

/** @param bytes the whole file @returns the logo, or why it is none */
export function parseLogo(bytes: Buffer): Logo | LogoFault {
  if (bytes.length > maxLogoBytes)
    return {
      code: 'logo-too-large',
      reason: `the logo has ${bytes.length} bytes, more than the ${maxLogoBytes} allowed`,
      hint: 'a picture of about 200 pixels is enough, and an SVG is smaller still',
    };
  const size = pngSize(bytes) ?? svgSize(bytes);
  if (size === null)
    return {
      code: 'logo-unknown',
      reason: 'the logo is neither a PNG nor an SVG',
      hint: 'an SVG is UTF-8 and begins with `<svg xmlns="http://www.w3.org/2000/svg"`; convert other pictures to PNG',
    };
  return {
    type: size.type,
    base64: bytes.toString('base64'),
    version: createHash('sha256').update(bytes).digest('base64url').slice(0, 16),
    isWide: size.ratio > 2,
  };
}

interface Size {
  readonly type: Logo['type'];
  /** Width by height. */
  readonly ratio: number;
}

/** PNG (RFC 2083) sections 12.11 and 4.1.1: the signature, and the header chunk right after it. */
function pngSize(bytes: Buffer): Size | null {
  if (bytes.length < 33 || bytes.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') return null;
  if (bytes.toString('latin1', 12, 16) !== 'IHDR') return null;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return width > 0 && height > 0 ? { type: 'image/png', ratio: width / height } : null;
}

/** What may stand before the root: a byte order mark, a declaration, comments, a document type. */
const prolog = /^\uFEFF?(?:\s|<\?[^>]{0,200}>|<!--[^>]{0,2000}-->|<!DOCTYPE[^>[]{0,500}>)*/i;
const rootTag = /^<svg(?=[\s>])[^>]{0,4000}>/;

/** As a picture, a browser takes an SVG only in its own namespace (SVG 2 section 5.9). */
function svgSize(bytes: Buffer): Size | null {
  const text = utf8(bytes);
  if (text === null) return null;
  const rest = text.slice(prolog.exec(text)?.[0].length ?? 0);
  const [root] = rootTag.exec(rest) ?? [];
  if (root === undefined || !/\sxmlns=["']http:\/\/www\.w3\.org\/2000\/svg["']/.test(root)) return null;
  if (!/<\/svg>\s*$/.test(text.slice(-200)) && !root.endsWith('/>')) return null;
  const [, width, height] =
    /\sviewBox=["']\s*-?[\d.]+[\s,]+-?[\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)\s*["']/.exec(root) ?? [];
  const ratio = Number(width ?? sizeIn(root, 'width')) / Number(height ?? sizeIn(root, 'height'));
  return { type: 'image/svg+xml', ratio: Number.isFinite(ratio) ? ratio : 1 };
}

function sizeIn(root: string, name: 'width' | 'height'): number {
  return Number(new RegExp(`\\s${name}=["']([\\d.]{1,12})(?:px)?["']`).exec(root)?.[1] ?? Number.NaN);
}

function utf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
