/**
 * @typedef {object} Entry one thing in an archive
 * @property {string} path   without a leading slash
 * @property {number} mode
 * @property {number} [owner] uid and gid
 * @property {Buffer} [content] of a file
 * @property {string} [link]  where a symbolic link points
 *
 * What has neither content nor link is a directory.
 */

const BLOCK = 512;

/**
 * A ustar archive: the same entries give the same bytes, which no tar program promises, and so the same image ids.
 *
 * @param {Entry[]} entries
 * @returns {Buffer}
 */
export function tar(entries) {
  const blocks = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    return [header(entry, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/**
 * @param {Entry} entry
 * @param {number} size
 */
function header({ path, mode, owner = 0, content, link }, size) {
  const block = Buffer.alloc(BLOCK);
  const octal = (/** @type {number} */ value, /** @type {number} */ width) =>
    `${value.toString(8).padStart(width - 1, "0")}\0`;
  const type = link !== undefined ? "2" : content ? "0" : "5";
  block.write(type === "5" ? `${path}/` : path, 0, 100);
  block.write(octal(mode, 8), 100);
  block.write(octal(owner, 8), 108);
  block.write(octal(owner, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136); // modified at the epoch
  block.write(" ".repeat(8), 148); // the checksum counts itself as blanks
  block.write(type, 156);
  block.write(link ?? "", 157, 100);
  block.write("ustar\x0000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
