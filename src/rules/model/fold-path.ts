// The loosest reading of a path, for comparing: never for forwarding.

/** The path as a reader takes it that decodes and knows no case. */
export function foldPath(path: string): string {
  let decoded = path;
  try {
    if (path.includes('%')) decoded = decodeURIComponent(path);
  } catch {
    // Not UTF-8: compared as it is.
  }
  return decoded.toLowerCase();
}
