// A stranger's reader of QR codes, asked what the labels of a page say: {"page": file, "columns": n, "rows": n}.
import fs from "node:fs";
import jsqr from "jsqr";

const { page, columns, rows } = JSON.parse(fs.readFileSync(0, "utf8"));
const bytes = fs.readFileSync(page);

// A portable grey map: P5, width, height, 255, then a byte for each dot.
let at = 0;
const word = () => {
  while (bytes[at] <= 32) at += 1;
  const from = at;
  while (bytes[at] > 32) at += 1;
  return bytes.toString("latin1", from, at);
};
const [kind, width, height, most] = [word(), Number(word()), Number(word()), Number(word())];
if (kind !== "P5" || most !== 255) throw new Error(`this is ${kind} with ${most} greys`);
const dots = bytes.subarray(at + 1);

const read = jsqr.default ?? jsqr;
const codes = [];
for (let row = 0; row < rows; row += 1) {
  for (let column = 0; column < columns; column += 1) {
    const [left, top] = [Math.floor((column * width) / columns), Math.floor((row * height) / rows)];
    const [wide, high] = [Math.floor(width / columns), Math.floor(height / rows)];
    const colours = new Uint8ClampedArray(wide * high * 4).fill(255);
    for (let y = 0; y < high; y += 1) {
      for (let x = 0; x < wide; x += 1) {
        colours.fill(dots[(top + y) * width + left + x], (y * wide + x) * 4, (y * wide + x) * 4 + 3);
      }
    }
    const found = read(colours, wide, high);
    if (found) codes.push(found.data);
  }
}
console.log(JSON.stringify(codes));
