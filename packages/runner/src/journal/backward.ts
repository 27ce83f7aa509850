import { chunkSize } from "./cursor.ts";
import type { JournalEntry } from "./entry.ts";
import { journalFault } from "./fault.ts";
import { type JournalFile, openToRead } from "./files.ts";
import { longestLine, parseLine } from "./line.ts";

/** The entries of one file, the last first; none when it is no longer there. What is no entry is passed over. */
export async function* entriesBackward(file: JournalFile): AsyncGenerator<JournalEntry> {
  const opened = await openToRead(file);
  if (opened === null) return;
  try {
    // The beginning of a line whose end was read: its pieces, the last first, and their length.
    let pieces: Buffer[] = [];
    let length = 0;
    const line = (): Buffer => (length > longestLine ? Buffer.alloc(0) : Buffer.concat(pieces.toReversed()));
    const add = (piece: Buffer): void => {
      length += piece.length;
      if (length > longestLine) pieces = [];
      else pieces.push(piece);
    };
    let position = (await opened.stat()).size;
    while (position > 0) {
      const size = Math.min(chunkSize, position);
      position -= size;
      const chunk = Buffer.allocUnsafe(size);
      const { bytesRead } = await opened.read(chunk, 0, size, position);
      // Only a file that somebody shortens meanwhile gives less.
      let end = bytesRead;
      for (let at = chunk.lastIndexOf(0x0a, end - 1); end > 0 && at !== -1; at = chunk.lastIndexOf(0x0a, end - 1)) {
        add(chunk.subarray(at + 1, end));
        const entry = parseLine(line());
        pieces = [];
        length = 0;
        end = at;
        if (entry !== null) yield entry;
      }
      add(chunk.subarray(0, end));
    }
    const entry = parseLine(line());
    if (entry !== null) yield entry;
  } catch (error) {
    throw journalFault(error, "read", file.path);
  } finally {
    await opened.close();
  }
}
