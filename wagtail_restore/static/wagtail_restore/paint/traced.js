/* Outlines that the worker found, as marks: everything within them, each a little larger than it is. */
(() => {
  const COLOUR = '#e3002b';

  /** `shapes` have `rings` (x, y, x, y, …), holes among them, and how far to `grow`, all in the picture's pixels. */
  class Traced {
    constructor(tool, shapes) {
      this.tool = tool;
      this.solid = true;
      this.brushed = false;
      this.shapes = shapes.map(({ rings, grow }) => ({ path: new Path2D(rings.map(Traced.ring).join('')), grow }));
      const all = shapes.flatMap(({ rings }) => rings.flat());
      const most = Math.max(...shapes.map(({ grow }) => grow));
      this.box = [Infinity, Infinity, -Infinity, -Infinity];
      for (let at = 0; at < all.length; at += 2) {
        const [left, top, right, bottom] = this.box;
        const [x, y] = [all[at], all[at + 1]];
        this.box = [Math.min(left, x - most), Math.min(top, y - most), Math.max(right, x + most), Math.max(bottom, y + most)];
      }
    }

    static ring(values) {
      const corners = [];
      for (let at = 0; at < values.length; at += 2) corners.push(`${values[at]} ${values[at + 1]}`);
      return `M${corners.join('L')}Z`;
    }

    meets([left, top, right, bottom]) {
      return this.box[0] < right && this.box[2] > left && this.box[1] < bottom && this.box[3] > top;
    }

    draw(context) {
      context.globalCompositeOperation = 'source-over';
      context.fillStyle = COLOUR;
      context.strokeStyle = COLOUR;
      context.lineJoin = 'round';
      this.shapes.forEach(({ path, grow }) => {
        context.fill(path, 'evenodd');
        if (!grow) return;
        context.lineWidth = 2 * grow;
        context.stroke(path);
      });
      return 0;
    }
  }

  /** A decision over what was found: `kept` of the regions are marked from here on, `dropped` are not any more. */
  class Choice {
    constructor(kept, dropped) {
      this.tool = 'choice';
      this.kept = kept;
      this.decided = [...kept, ...dropped];
    }

    /** The marks that remain of it where `later` is decided anew, to which its own regions are added. */
    remaining(later) {
      const shown = this.kept.filter((region) => !later.has(region));
      this.decided.forEach((region) => later.add(region));
      return shown.map(({ traced }) => traced);
    }
  }

  Object.assign(window.restorePaint, { Traced, Choice });
})();
