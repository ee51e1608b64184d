/**
 * Writes the zip container of an archive: entries stored as they are begin at multiples of 64 bytes, so that readers can
 * map weights into memory. Source: caffe2/serialize/inline_container.cc.
 */
import { type Zippable, zipSync } from "fflate";

/** One entry; texts are compressed. */
export interface NewEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly isText: boolean;
}

const alignment = 64;
/** The tag of PyTorch's padding, "FB". */
const paddingTag = 0x4246;
/** Zip files cannot tell an earlier time, and no other is the same on every run. */
const time = new Date(1980, 0, 1);
/** Below this a compressed text is hardly smaller. */
const shortText = 200;

/** The file that holds the entries; compressed ones are put behind the others, whose places can be computed. */
export function writeZip(entries: readonly NewEntry[]): Uint8Array {
  const isPacked = ({ isText, bytes }: NewEntry): boolean => isText && bytes.length > shortText;
  const files: Zippable = {};
  let offset = 0;
  for (const entry of entries) {
    if (isPacked(entry)) continue;
    const header = 30 + new TextEncoder().encode(entry.name).length + 4;
    const padding = (alignment - ((offset + header) % alignment)) % alignment;
    files[entry.name] = [
      entry.bytes,
      { level: 0, mtime: time, extra: { [paddingTag]: new Uint8Array(padding).fill(0x5a) } },
    ];
    offset += header + padding + entry.bytes.length;
  }
  for (const entry of entries)
    if (isPacked(entry)) files[entry.name] = [entry.bytes, { level: 6, mtime: time }];
  return zipSync(files);
}
