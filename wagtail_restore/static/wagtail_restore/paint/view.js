/* Which part of the picture is seen, and how large: between the pixels of the picture and those of the stage. */
(() => {
  const LARGEST = 8;
  const KEPT = 64; /* pixels of the picture that always stay in sight */

  class View {
    constructor(width, height) {
      this.width = width;
      this.height = height;
      this.scale = 1;
      this.x = 0;
      this.y = 0;
      this.room = [1, 1];
      this.fitted = true;
    }

    get whole() {
      return Math.min(this.room[0] / this.width, this.room[1] / this.height, 1);
    }

    /** The stage has another size: what was in its middle stays there. */
    resize(width, height) {
      this.x += (width - this.room[0]) / 2;
      this.y += (height - this.room[1]) / 2;
      this.room = [width, height];
      if (this.fitted) this.fit();
      else this.hold();
    }

    fit() {
      this.scale = this.whole;
      this.x = (this.room[0] - this.width * this.scale) / 2;
      this.y = (this.room[1] - this.height * this.scale) / 2;
      this.fitted = true;
    }

    /** Zoom to a scale; what lies at this place of the stage stays there. */
    zoomTo(scale, x = this.room[0] / 2, y = this.room[1] / 2) {
      const next = Math.min(LARGEST, Math.max(this.whole / 2, scale));
      this.x = x - ((x - this.x) * next) / this.scale;
      this.y = y - ((y - this.y) * next) / this.scale;
      this.scale = next;
      this.fitted = false;
      this.hold();
    }

    pan(x, y) {
      this.x += x;
      this.y += y;
      this.fitted = false;
      this.hold();
    }

    hold() {
      const [width, height] = this.room;
      this.x = Math.min(width - KEPT, Math.max(KEPT - this.width * this.scale, this.x));
      this.y = Math.min(height - KEPT, Math.max(KEPT - this.height * this.scale, this.y));
    }

    /** Pan just so far that this place of the picture is in sight. */
    reveal(x, y) {
      const [atX, atY] = this.toStage(x, y);
      const [width, height] = this.room;
      const edge = Math.min(KEPT, width / 4, height / 4);
      const moveX = Math.max(0, edge - atX) - Math.max(0, atX - width + edge);
      const moveY = Math.max(0, edge - atY) - Math.max(0, atY - height + edge);
      const overX = this.width * this.scale > width;
      const overY = this.height * this.scale > height;
      if ((overX && moveX) || (overY && moveY)) this.pan(overX ? moveX : 0, overY ? moveY : 0);
    }

    toPicture(x, y) {
      return [(x - this.x) / this.scale, (y - this.y) / this.scale];
    }

    toStage(x, y) {
      return [x * this.scale + this.x, y * this.scale + this.y];
    }

    /** What is seen, in the picture's pixels. */
    get box() {
      return [...this.toPicture(0, 0), ...this.toPicture(...this.room)];
    }
  }

  window.restorePaint.View = View;
})();
