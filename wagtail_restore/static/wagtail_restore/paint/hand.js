/* Mouse, pen and fingers on the stage: one paints or meets an outline, two or a held space bar move the picture. */
(() => {
  const WHEEL = 0.0015;
  const STILL = { mouse: 4, pen: 6, touch: 10 }; /* pixels that a click may stray: what goes further paints */

  class Hand {
    constructor(editor) {
      this.editor = editor;
      this.stage = editor.stageTarget;
      this.pointers = new Map();
      this.ended = new AbortController();
      const { signal } = this.ended;
      const listen = (name, react, options = {}) => this.stage.addEventListener(name, react, { signal, ...options });
      listen('pointerdown', (event) => this.down(event));
      listen('pointermove', (event) => this.move(event));
      listen('pointerup', (event) => this.up(event));
      listen('pointercancel', (event) => this.up(event, true));
      listen('pointerleave', () => this.leave());
      listen('wheel', (event) => this.wheel(event), { passive: false });
      listen('contextmenu', (event) => event.preventDefault());
    }

    stop() {
      this.ended.abort();
    }

    at(event) {
      const { left, top } = this.stage.getBoundingClientRect();
      return [event.clientX - left - this.stage.clientLeft, event.clientY - top - this.stage.clientTop];
    }

    down(event) {
      const { editor } = this;
      const pen = [...this.pointers.values()].some((pointer) => pointer.type === 'pen');
      if (event.button > 1 || (pen && event.pointerType === 'touch') || editor.busy) return;
      event.preventDefault();
      const at = this.at(event);
      this.pointers.set(event.pointerId, { at, type: event.pointerType });
      this.stage.classList.add('restore-paint__stage--by-hand');
      this.stage.focus({ preventScroll: true });
      try {
        this.stage.setPointerCapture(event.pointerId);
      } catch (error) {
        if (error.name !== 'NotFoundError') throw error; /* the finger is up again already */
      }
      if (this.pointers.size > 1) {
        editor.abandon();
        this.grip = this.measure();
        this.doing = 'pinch';
      } else if (editor.keys.space || event.button === 1) {
        editor.keys.dragged = true;
        this.doing = 'pan';
      } else {
        this.press(at);
      }
      this.stage.classList.toggle('restore-paint__stage--held', this.doing === 'pinch' || this.doing === 'pan');
    }

    /** On an outline it is open yet whether one clicks on that, or begins to paint there. */
    press(at) {
      const { editor } = this;
      const spot = editor.view.toPicture(...at);
      this.met = editor.found?.at(...spot);
      this.from = at;
      this.doing = this.met ? 'click' : 'paint';
      if (!this.met) editor.begin(...spot);
    }

    move(event) {
      const { editor } = this;
      const at = this.at(event);
      const known = this.pointers.get(event.pointerId);
      if (known) {
        const [fromX, fromY] = known.at;
        known.at = at;
        if (this.doing === 'pinch') this.pinch();
        else if (this.doing === 'pan') {
          editor.view.pan(at[0] - fromX, at[1] - fromY);
          editor.moved();
        } else if (this.doing === 'paint') this.paint(event);
        else if (this.doing === 'click') this.stray(event, at);
      } else if (event.pointerType !== 'touch') this.hover(editor.found?.at(...editor.view.toPicture(...at)));
      this.over = event.pointerType === 'touch' ? null : at;
      editor.keys.shown = false;
      this.showCursor();
    }

    stray(event, at) {
      const { editor, from } = this;
      if (Math.hypot(at[0] - from[0], at[1] - from[1]) < STILL[event.pointerType]) return;
      this.doing = 'paint';
      this.hover(null);
      editor.begin(...editor.view.toPicture(...from));
      this.paint(event);
    }

    hover(region) {
      this.editor.found?.point(region);
      this.stage.classList.toggle('restore-paint__stage--met', Boolean(region));
    }

    /** Every place that the pointer passed since the last frame, not the last one alone. */
    paint(event) {
      const { editor } = this;
      const passed = event.getCoalescedEvents?.() || [];
      (passed.length ? passed : [event]).forEach((each) => {
        editor.extend(...editor.view.toPicture(...this.at(each)));
      });
    }

    up(event, cancelled = false) {
      if (!this.pointers.delete(event.pointerId)) return;
      if (this.doing === 'paint' && cancelled) this.editor.abandon();
      else if (this.doing === 'paint') this.editor.finish();
      else if (this.doing === 'click' && !cancelled) this.editor.found?.toggle(this.met);
      /* The finger that stays after two moved the picture does not begin to paint. */
      this.doing = this.pointers.size ? 'rest' : '';
      if (!this.pointers.size) this.stage.classList.remove('restore-paint__stage--held');
    }

    leave() {
      this.over = null;
      this.hover(null);
      this.showCursor();
    }

    /** Middle and distance of two fingers. */
    measure() {
      const [first, second] = [...this.pointers.values()].map((pointer) => pointer.at);
      return {
        middle: [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2],
        apart: Math.max(1, Math.hypot(first[0] - second[0], first[1] - second[1])),
      };
    }

    pinch() {
      const { view } = this.editor;
      const before = this.grip;
      this.grip = this.measure();
      const { middle, apart } = this.grip;
      view.pan(middle[0] - before.middle[0], middle[1] - before.middle[1]);
      view.zoomTo((view.scale * apart) / before.apart, ...middle);
      this.editor.moved();
    }

    wheel(event) {
      event.preventDefault();
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      const strength = event.ctrlKey ? 6 : 1; /* a pinch on a touchpad comes as small steps */
      const delta = Math.max(-100, Math.min(100, event.deltaY * lines * strength));
      this.editor.zoomBy(Math.exp(-delta * WHEEL), ...this.at(event));
    }

    /** The ring of the brush below the pointer, or the cross that the keys move. */
    showCursor() {
      const { editor } = this;
      const size = editor.brushes ? editor.size : 0;
      if (editor.keys.shown) {
        editor.screen.point(editor.keys.spot, size, { keyboard: true, down: Boolean(editor.active) });
      } else {
        const held = this.doing === 'pan' || this.doing === 'pinch' || editor.keys.space;
        const spot = this.over && !held && size ? editor.view.toPicture(...this.over) : null;
        editor.screen.point(spot, size);
      }
    }
  }

  window.restorePaint.Hand = Hand;
})();
