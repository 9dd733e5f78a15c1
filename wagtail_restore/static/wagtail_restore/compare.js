/* Before and after in one picture, with an edge to drag. */
(() => {
  const { Controller } = window.StimulusModule;

  /** Moves the edge between before and after; in full size the edge stays where one looks. */
  class RestoreCompare extends Controller {
    static targets = ['view', 'stage', 'range', 'full', 'grip'];

    connect() {
      this.draw();
    }

    draw() {
      const share = Number(this.rangeTarget.value) / 100;
      const { scrollLeft, clientWidth } = this.viewTarget;
      const full = this.fullTarget.checked;
      const edge = full ? `${scrollLeft + share * clientWidth}px` : `${100 * share}%`;
      this.stageTarget.style.setProperty('--restore-split', edge);
      this.gripTarget.style.left = full ? `${share * clientWidth}px` : `${100 * share}%`;
    }

    /** Takes hold of the edge; in full size of the picture itself where the pointer is not on the grip. */
    grab(event) {
      const view = this.viewTarget;
      const { left, top } = view.getBoundingClientRect();
      const onBar = event.clientX > left + view.clientWidth || event.clientY > top + view.clientHeight;
      const pans = this.fullTarget.checked && !this.gripTarget.contains(event.target);
      const mouse = event.pointerType === 'mouse';
      if (!event.isPrimary || event.button !== 0 || onBar || (pans && !mouse)) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      this.held = { pans, x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
      this.rangeTarget.focus({ preventScroll: true });
      if (mouse) this.move(event); // a finger may be about to scroll the page
    }

    move({ clientX, clientY }) {
      if (!this.held) return;
      const view = this.viewTarget;
      if (this.held.pans) {
        view.scrollTo(this.held.x - clientX, this.held.y - clientY);
        return;
      }
      this.rangeTarget.value = (100 * (clientX - view.getBoundingClientRect().left)) / view.clientWidth;
      this.draw();
    }

    drop(event) {
      this.move(event);
      this.held = null;
    }

    release() {
      this.held = null;
    }

    zoom() {
      const full = this.fullTarget.checked;
      const view = this.viewTarget;
      const middle = (view.scrollLeft + view.clientWidth / 2) / view.scrollWidth;
      const { clientHeight } = view;
      if (full) view.style.setProperty('block-size', `${clientHeight}px`);
      else view.style.removeProperty('block-size');
      this.element.classList.toggle('restore-compare--full', full);
      if (full) {
        view.tabIndex = 0;
        view.scrollLeft = middle * view.scrollWidth - view.clientWidth / 2;
        view.scrollTop = (view.scrollHeight - view.clientHeight) / 2;
      } else {
        view.removeAttribute('tabindex');
      }
      this.draw();
    }
  }

  window.wagtail.app.register('restore-compare', RestoreCompare);
})();
