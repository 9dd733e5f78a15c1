/* The mask as a grey PNG file, drawn and packed a band of rows at a time, so that its size costs no memory. */
(() => {
  const BAND = 2_000_000; /* pixels drawn at a time */
  const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

  const CRC = new Uint32Array(256).map((_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });

  function chunk(kind, data) {
    const bytes = new Uint8Array(12 + data.length);
    const numbers = new DataView(bytes.buffer);
    numbers.setUint32(0, data.length);
    bytes.set(new TextEncoder().encode(kind), 4);
    bytes.set(data, 8);
    let crc = 0xffffffff;
    for (let at = 4; at < 8 + data.length; at += 1) crc = CRC[(crc ^ bytes[at]) & 255] ^ (crc >>> 8);
    numbers.setUint32(8 + data.length, ~crc >>> 0);
    return bytes;
  }

  function header(width, height) {
    const data = new Uint8Array(13);
    const numbers = new DataView(data.buffer);
    numbers.setUint32(0, width);
    numbers.setUint32(4, height);
    data.set([8, 0, 0, 0, 0], 8); /* 8 bits, grey */
    return chunk('IHDR', data);
  }

  /** The rows of one band as PNG stores them: a zero (no filter), then how far each pixel is covered. */
  function rows(pixels, width, height) {
    const bytes = new Uint8Array((width + 1) * height);
    let from = 3;
    for (let row = 0; row < height; row += 1) {
      const start = row * (width + 1) + 1;
      for (let x = 0; x < width; x += 1, from += 4) bytes[start + x] = pixels[from];
    }
    return bytes;
  }

  /** A PNG of `width` × `height` of what `marks` cover in a picture of `picture` (width, height) pixels. */
  async function encode(marks, width, height, picture) {
    const scaleX = width / picture[0];
    const scaleY = height / picture[1];
    const tall = Math.min(height, Math.max(1, Math.floor(BAND / width)));
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = tall;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const packed = new CompressionStream('deflate');
    const data = new Response(packed.readable).arrayBuffer();
    const writer = packed.writable.getWriter();
    for (let top = 0; top < height; top += tall) {
      const here = Math.min(tall, height - top);
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, width, tall);
      context.setTransform(scaleX, 0, 0, scaleY, 0, -top);
      marks.draw(context, [0, top / scaleY, picture[0], (top + here) / scaleY]);
      /* In order, and no band is drawn before there is room for it. */
      // eslint-disable-next-line no-await-in-loop
      await writer.write(rows(context.getImageData(0, 0, width, here).data, width, here));
    }
    await writer.close();
    const parts = [
      new Uint8Array(SIGNATURE),
      header(width, height),
      chunk('IDAT', new Uint8Array(await data)),
      chunk('IEND', new Uint8Array(0)),
    ];
    return new Blob(parts, { type: 'image/png' });
  }

  window.restorePaint.encode = encode;
})();
