/**
 * Reads the zip container of an archive through its central directory. Entries are unpacked when asked for, never to
 * more bytes than the directory declares, and their checksums are compared.
 * Source of the format: PKWARE APPNOTE.TXT 6.3.10; what PyTorch writes: caffe2/serialize/inline_container.cc.
 */
import { Inflate } from "fflate";
import { crc32 } from "./crc32.ts";
import { ArchiveError, type ArchiveLimits } from "./limits.ts";

/** An entry of the central directory. */
interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

/** The entries of a zip file by name. */
export interface ZipFile {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** The content of an entry. Throws an ArchiveError if it is missing or damaged. */
  bytes(name: string): Uint8Array;
  /** The unpacked size of an entry as declared. */
  size(name: string): number;
}

const endSignature = 0x06054b50;
const end64Signature = 0x06064b50;
const locator64Signature = 0x07064b50;
const centralSignature = 0x02014b50;
const localSignature = 0x04034b50;
const stored = 0;
const deflated = 8;

/** Opens a zip file. Throws an ArchiveError that says what is wrong with it. */
export function openZip(file: Uint8Array, limits: ArchiveLimits): ZipFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const directory = findDirectory(view);
  if (directory.count > limits.entries)
    throw new ArchiveError(
      `the archive declares ${directory.count} entries, more than the limit of ${limits.entries}`,
    );
  const entries = new Map<string, ZipEntry>();
  const allowed = file.length * limits.growth + limits.freeBytes;
  let total = 0;
  let at = directory.offset;
  for (let i = 0; i < directory.count; i++) {
    const { entry, next } = readEntry(file, view, at);
    at = next;
    if (entries.has(entry.name))
      throw new ArchiveError(`the archive has two entries named "${printable(entry.name)}"`);
    total += entry.size;
    if (total > allowed)
      throw new ArchiveError(
        `the archive of ${file.length} bytes unpacks to more than ${allowed}, which no model's does: it may be a zip bomb`,
      );
    entries.set(entry.name, entry);
  }
  const found = (name: string): ZipEntry => {
    const entry = entries.get(name);
    if (entry === undefined) throw new ArchiveError(`the archive has no entry "${printable(name)}"`);
    return entry;
  };
  return {
    names: [...entries.keys()],
    has: (name) => entries.has(name),
    bytes: (name) => contentOf(file, view, found(name)),
    size: (name) => found(name).size,
  };
}

/** A name from a file, short enough for a message. */
const printable = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}...` : name);

function findDirectory(view: DataView): { readonly offset: number; readonly count: number } {
  // The end record is 22 bytes and a comment of up to 65,535.
  const lowest = Math.max(0, view.byteLength - 22 - 65535);
  for (let at = view.byteLength - 22; at >= lowest; at--) {
    if (view.getUint32(at, true) !== endSignature) continue;
    const count = view.getUint16(at + 10, true);
    const offset = view.getUint32(at + 16, true);
    if (count === 0xffff || offset === 0xffffffff) return findDirectory64(view, at);
    return within(view, offset, count);
  }
  throw new ArchiveError(
    view.byteLength >= 4 && view.getUint32(0, true) === localSignature
      ? "the archive is truncated: it begins as a zip file but has no central directory at its end"
      : beginsAsLegacyPickle(view)
        ? "this is no TorchScript archive: it is a file that torch.save wrote before PyTorch 1.6, without code; models have to be saved with torch.jit.save"
        : "this is no TorchScript archive: it is not a zip file (no central directory was found)",
  );
}

/** The number that such files begin with, pickled. Source: torch/serialization.py, MAGIC_NUMBER. */
const legacyMagic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

const beginsAsLegacyPickle = (view: DataView): boolean =>
  view.byteLength > legacyMagic.length && legacyMagic.every((byte, i) => view.getUint8(i) === byte);

function findDirectory64(view: DataView, end: number): { readonly offset: number; readonly count: number } {
  const locator = end - 20;
  if (locator < 0 || view.getUint32(locator, true) !== locator64Signature)
    throw new ArchiveError("the archive is damaged: its ZIP64 locator is missing");
  const at = number64(view, locator + 8);
  if (at + 56 > view.byteLength || view.getUint32(at, true) !== end64Signature)
    throw new ArchiveError("the archive is damaged: its ZIP64 end record is missing");
  return within(view, number64(view, at + 48), number64(view, at + 32));
}

function within(
  view: DataView,
  offset: number,
  count: number,
): { readonly offset: number; readonly count: number } {
  if (offset > view.byteLength || count * 46 > view.byteLength)
    throw new ArchiveError("the archive is damaged: its central directory lies outside of the file");
  return { offset, count };
}

function number64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new ArchiveError("the archive is damaged: it declares a size beyond 2^53 bytes");
  return Number(value);
}

function readEntry(
  file: Uint8Array,
  view: DataView,
  at: number,
): { readonly entry: ZipEntry; readonly next: number } {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== centralSignature)
    throw new ArchiveError("the archive is damaged: its central directory is broken");
  const flags = view.getUint16(at + 8, true);
  const nameLength = view.getUint16(at + 28, true);
  const extraLength = view.getUint16(at + 30, true);
  const extra = at + 46 + nameLength;
  const next = extra + extraLength + view.getUint16(at + 32, true);
  if (next > view.byteLength)
    throw new ArchiveError("the archive is damaged: its central directory is cut off");
  const name = new TextDecoder().decode(file.subarray(at + 46, extra));
  if (flags & 1)
    throw new ArchiveError(`the entry "${printable(name)}" is encrypted; encrypted archives cannot be read`);
  let size = view.getUint32(at + 24, true);
  let packedSize = view.getUint32(at + 20, true);
  let headerOffset = view.getUint32(at + 42, true);
  for (let field = extra; field + 4 <= extra + extraLength; ) {
    const length = view.getUint16(field + 2, true);
    if (view.getUint16(field, true) === 1) {
      let part = field + 4;
      const wide = (narrow: number): number => {
        if (narrow !== 0xffffffff) return narrow;
        if (part + 8 > field + 4 + length || part + 8 > view.byteLength)
          throw new ArchiveError(
            `the archive is damaged: the ZIP64 sizes of "${printable(name)}" are cut off`,
          );
        part += 8;
        return number64(view, part - 8);
      };
      size = wide(size);
      packedSize = wide(packedSize);
      headerOffset = wide(headerOffset);
    }
    field += 4 + length;
  }
  const method = view.getUint16(at + 10, true);
  const checksum = view.getUint32(at + 16, true);
  return { entry: { name, method, checksum, packedSize, size, headerOffset }, next };
}

function contentOf(file: Uint8Array, view: DataView, entry: ZipEntry): Uint8Array {
  const { headerOffset, name } = entry;
  if (headerOffset + 30 > view.byteLength || view.getUint32(headerOffset, true) !== localSignature)
    throw new ArchiveError(
      `the archive is damaged: "${printable(name)}" does not begin where its directory says`,
    );
  const start =
    headerOffset + 30 + view.getUint16(headerOffset + 26, true) + view.getUint16(headerOffset + 28, true);
  if (start + entry.packedSize > view.byteLength)
    throw new ArchiveError(`the archive is truncated: "${printable(name)}" goes beyond the end of the file`);
  const content = unpacked(file.subarray(start, start + entry.packedSize), entry);
  if (crc32(content) !== entry.checksum)
    throw new ArchiveError(
      `the archive is damaged: the checksum of "${printable(name)}" does not match its content`,
    );
  return content;
}

function unpacked(packed: Uint8Array, { name, method, size }: ZipEntry): Uint8Array {
  if (method === stored) {
    if (packed.length !== size)
      throw new ArchiveError(`the archive is damaged: "${printable(name)}" declares two different sizes`);
    return packed;
  }
  if (method !== deflated)
    throw new ArchiveError(
      `"${printable(name)}" is compressed with method ${method}; only deflate (8) can be read`,
    );
  // Deflate makes at most 1032 bytes of one: a larger size is a lie that would cost memory.
  if (size > packed.length * 1032 + 1024)
    throw new ArchiveError(`the archive is damaged: "${printable(name)}" cannot unpack to ${size} bytes`);
  return inflate(packed, name, size);
}

function inflate(packed: Uint8Array, name: string, size: number): Uint8Array {
  const content = new Uint8Array(size);
  let filled = 0;
  let finished = false;
  const stream = new Inflate((chunk, final) => {
    if (filled + chunk.length > size)
      throw new ArchiveError(`"${printable(name)}" unpacks to more than the ${size} bytes it declares`);
    content.set(chunk, filled);
    filled += chunk.length;
    finished ||= final;
  });
  const step = 16384;
  try {
    for (let at = 0; at < packed.length && !finished; at += step)
      stream.push(packed.subarray(at, at + step), at + step >= packed.length);
  } catch (error) {
    if (error instanceof ArchiveError) throw error;
    throw new ArchiveError(
      `the archive is damaged: "${printable(name)}" cannot be decompressed (${(error as Error).message})`,
    );
  }
  if (filled !== size)
    throw new ArchiveError(
      `the archive is damaged: "${printable(name)}" unpacks to ${filled} bytes instead of ${size}`,
    );
  return content;
}
