/* What was painted, as lines and shapes in the picture's own pixels: drawn at any size, undone without end. */
(() => {
  const COLOUR = '#e3002b';
  const GAP = 0.1; /* between two stamps of a soft brush, as a share of its width */
  const STAMP = 128;
  const stamps = new Map();

  /** One dab of a soft brush. Dabs lie upon one another along a line: the cube makes their sum fall off evenly. */
  function stampOf(soft) {
    if (!stamps.has(soft)) {
      const canvas = document.createElement('canvas');
      canvas.width = STAMP;
      canvas.height = STAMP;
      const context = canvas.getContext('2d');
      const middle = STAMP / 2;
      const fall = context.createRadialGradient(middle, middle, middle * (1 - soft), middle, middle, middle);
      for (let step = 0; step <= 10; step += 1) {
        const left = 1 - step / 10;
        fall.addColorStop(step / 10, `rgb(227 0 43 / ${left ** 3})`);
      }
      context.fillStyle = fall;
      context.fillRect(0, 0, STAMP, STAMP);
      stamps.set(soft, canvas);
    }
    return stamps.get(soft);
  }

  /** One thing that was painted; `points` is x, y, x, y, …; `box` is left, top, right, bottom. */
  class Mark {
    constructor(tool, size, soft) {
      this.tool = tool;
      this.size = size;
      this.soft = soft;
      this.points = [];
      this.box = [Infinity, Infinity, -Infinity, -Infinity];
      this.dabs = [];
      this.rest = 0;
    }

    get brushed() {
      return this.tool === 'brush' || this.tool === 'eraser' || this.tool === 'smart';
    }

    /** Whether it covers anything; a rectangle or lasso without an inside does not. */
    get solid() {
      const [left, top, right, bottom] = this.box;
      return this.brushed || this.tool === 'clear' || (right - left >= 1 && bottom - top >= 1);
    }

    add(x, y) {
      const { points } = this;
      const end = points.length;
      if (this.tool === 'rectangle' && end === 4) {
        points.length = 2;
        this.box = [points[0], points[1], points[0], points[1]];
      } else if (end && Math.hypot(x - points[end - 2], y - points[end - 1]) < this.size / 50) {
        return;
      }
      points.push(x, y);
      const reach = this.brushed ? this.size / 2 : 0;
      const [left, top, right, bottom] = this.box;
      this.box = [
        Math.min(left, x - reach),
        Math.min(top, y - reach),
        Math.max(right, x + reach),
        Math.max(bottom, y + reach),
      ];
      if (this.brushed && this.soft) this.dab();
    }

    /** The dabs up to the newest point, evenly spaced, however the points come in. */
    dab() {
      const { points, dabs } = this;
      const end = points.length;
      const [x, y] = [points[end - 2], points[end - 1]];
      if (end === 2) {
        dabs.push(x, y);
        this.rest = this.size * GAP;
        return;
      }
      const [fromX, fromY] = [points[end - 4], points[end - 3]];
      const length = Math.hypot(x - fromX, y - fromY);
      let along = this.rest;
      for (; along <= length; along += this.size * GAP) {
        dabs.push(fromX + ((x - fromX) * along) / length, fromY + ((y - fromY) * along) / length);
      }
      this.rest = along - length;
    }

    meets([left, top, right, bottom]) {
      return this.box[0] < right && this.box[2] > left && this.box[1] < bottom && this.box[3] > top;
    }

    /** Draw it, or of a brush only what came after `from`; returns what to go on from. */
    draw(context, from = 0) {
      context.globalCompositeOperation = this.tool === 'eraser' ? 'destination-out' : 'source-over';
      context.fillStyle = COLOUR;
      context.strokeStyle = COLOUR;
      if (this.brushed) return this.soft ? this.drawDabs(context, from) : this.drawLine(context, from);
      context.fill(new Path2D(this.outline()));
      return 0;
    }

    drawLine(context, from) {
      const { points } = this;
      if (points.length === 2) {
        context.beginPath();
        context.arc(points[0], points[1], this.size / 2, 0, 2 * Math.PI);
        context.fill();
      }
      if (from >= points.length || points.length < 4) return points.length;
      const first = Math.max(0, from - 2);
      context.lineWidth = this.size;
      context.lineCap = 'round';
      context.lineJoin = 'round';
      context.beginPath();
      context.moveTo(points[first], points[first + 1]);
      for (let at = first + 2; at < points.length; at += 2) context.lineTo(points[at], points[at + 1]);
      context.stroke();
      return points.length;
    }

    drawDabs(context, from) {
      const { dabs, size } = this;
      const stamp = stampOf(this.soft);
      for (let at = from; at < dabs.length; at += 2) {
        context.drawImage(stamp, dabs[at] - size / 2, dabs[at + 1] - size / 2, size, size);
      }
      return dabs.length;
    }

    /** The outline of a rectangle or lasso as an SVG path, `place` telling where each point lies. */
    outline(place = (x, y) => [x, y]) {
      if (!this.points.length) return '';
      let { points } = this;
      if (this.tool === 'rectangle') {
        const [x, y, toX = x, toY = y] = points;
        points = [x, y, toX, y, toX, toY, x, toY];
      }
      const corners = [];
      for (let at = 0; at < points.length; at += 2) corners.push(place(points[at], points[at + 1]).join(' '));
      return `M${corners.join('L')}Z`;
    }
  }

  /** Everything that was painted, with a way back and forth. */
  class Marks {
    constructor() {
      this.list = [];
      this.done = 0;
    }

    /** What counts: everything since all was cleared. */
    get standing() {
      const all = this.list.slice(0, this.done);
      return all.slice(all.findLastIndex((mark) => mark.tool === 'clear') + 1);
    }

    /** What is drawn; of what was decided over the same find more than once, what was decided last. */
    get shown() {
      const later = new Set();
      const all = this.standing.reverse();
      return all.flatMap((mark) => (mark.remaining ? mark.remaining(later).reverse() : mark)).reverse();
    }

    get canUndo() {
      return this.done > 0;
    }

    get canRedo() {
      return this.done < this.list.length;
    }

    add(mark) {
      this.list.length = this.done;
      this.list.push(mark);
      this.done += 1;
    }

    undo() {
      if (this.canUndo) this.done -= 1;
    }

    redo() {
      if (this.canRedo) this.done += 1;
    }

    /** What is shown now, for whoever draws it bit by bit while one goes on. */
    copy() {
      const copy = new Marks();
      this.shown.forEach((mark) => copy.add(mark));
      return copy;
    }

    /** Draw what lies within `box`, which is given in the picture's pixels like the marks. */
    draw(context, box) {
      this.shown.filter((mark) => mark.meets(box)).forEach((mark) => mark.draw(context));
    }
  }

  window.restorePaint = { Mark, Marks };
})();
