/* What is seen on the stage: the picture, the mask in red over it, the outline being drawn, and the cursor. */
(() => {
  const QUICK = 10; /* milliseconds: what takes longer is not drawn anew with every frame of a zoom or pan */
  const PAUSE = 120;

  class Screen {
    constructor({ stage, picture, canvas, sketch, cursor }, view, marks) {
      Object.assign(this, { stage, picture, canvas, sketch, cursor, view, marks });
      this.context = canvas.getContext('2d');
      this.active = null;
      this.drawn = 0;
      this.took = 0;
      this.shown = [1, 0, 0];
    }

    resize() {
      const { clientWidth, clientHeight } = this.stage;
      this.dots = window.devicePixelRatio || 1;
      this.canvas.width = Math.round(clientWidth * this.dots);
      this.canvas.height = Math.round(clientHeight * this.dots);
      this.view.resize(clientWidth, clientHeight);
      this.place();
      this.repaint();
    }

    /** The view has changed. A mask that takes long to draw is moved at once and drawn sharply when all is still. */
    place() {
      const { scale, x, y } = this.view;
      const wide = (this.view.width * scale) / (this.picture.naturalWidth || this.view.width);
      const high = (this.view.height * scale) / (this.picture.naturalHeight || this.view.height);
      this.picture.style.transform = `matrix(${wide}, 0, 0, ${high}, ${x}, ${y})`;
      this.picture.classList.toggle('restore-paint__picture--large', wide > 3);
      const [shownScale, shownX, shownY] = this.shown;
      const ratio = scale / shownScale;
      this.canvas.style.transform = `matrix(${ratio}, 0, 0, ${ratio}, ${x - shownX * ratio}, ${y - shownY * ratio})`;
      this.outline();
      this.stage.dispatchEvent(new CustomEvent('restore-paint:placed'));
      clearTimeout(this.later);
      if (this.took < QUICK) this.request(true);
      else this.later = setTimeout(() => this.repaint(), PAUSE);
    }

    /** Draw with the next frame: everything, or what the stroke has gained since the last one. */
    request(whole) {
      this.whole = this.whole || whole;
      this.frame =
        this.frame ||
        requestAnimationFrame(() => {
          this.frame = 0;
          if (this.whole) this.repaint();
          else this.gain();
        });
    }

    repaint() {
      const began = performance.now();
      const { context, view } = this;
      this.whole = false;
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = 'source-over';
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.shown = [view.scale, view.x, view.y];
      this.canvas.style.transform = '';
      this.within(() => {
        this.marks.draw(context, view.box);
        this.drawn = this.active?.brushed ? this.active.draw(context) : 0;
      });
      this.took = performance.now() - began;
    }

    begin(mark) {
      this.active = mark;
      this.drawn = 0;
      this.extend();
    }

    extend() {
      this.outline();
      if (this.active.brushed) this.request(false);
    }

    /** The mark is finished, and among the others if it was kept. */
    end(kept) {
      const mark = this.active;
      this.active = null;
      this.outline();
      if (!kept) this.request(true);
      else this.within(() => mark.draw(this.context, this.drawn));
    }

    gain() {
      if (!this.active?.brushed) return;
      this.within(() => {
        this.drawn = this.active.draw(this.context, this.drawn);
      });
    }

    /** Draw in the picture's pixels, and nowhere beside it. */
    within(draw) {
      const { context, dots } = this;
      const [scale, x, y] = this.shown;
      context.save();
      context.setTransform(dots * scale, 0, 0, dots * scale, dots * x, dots * y);
      context.beginPath();
      context.rect(0, 0, this.view.width, this.view.height);
      context.clip();
      draw();
      context.restore();
    }

    /** The rectangle or lasso that is being drawn. */
    outline() {
      const shape = this.active && !this.active.brushed ? this.active : null;
      const path = shape ? shape.outline((x, y) => this.view.toStage(x, y)) : '';
      this.sketch.querySelectorAll('path').forEach((line) => line.setAttribute('d', path));
    }

    /** The ring of the brush, or a cross, at this place of the picture; `null` hides it. */
    point(spot, size, { keyboard = false, down = false } = {}) {
      const { cursor, view } = this;
      cursor.hidden = !spot;
      if (!spot) return;
      const [x, y] = view.toStage(...spot);
      const wide = size ? Math.max(4, size * view.scale) : 0;
      cursor.style.inlineSize = `${wide}px`;
      cursor.style.blockSize = `${wide}px`;
      cursor.style.transform = `translate(${x - wide / 2}px, ${y - wide / 2}px)`;
      cursor.classList.toggle('restore-paint__cursor--cross', keyboard || !size);
      cursor.classList.toggle('restore-paint__cursor--down', down);
    }
  }

  window.restorePaint.Screen = Screen;
})();
