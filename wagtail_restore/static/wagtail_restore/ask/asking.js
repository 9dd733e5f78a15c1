/* Questions to the worker while somebody waits: asked once, then looked for until it has answered. */
(() => {
  const PATIENCE = 60000; /* milliseconds in which somebody looks at the page, and anew once a worker is at it */
  const LONG = 10000; /* after which one is told that it goes on */
  const FIRST = 700;
  const LONGEST = 5000;
  /* What is told of a question by how it stands, and what in the end. */
  const TOLD = { waiting: 'stillAsking', behind: 'behind', started: 'started' };
  const OVER = { waiting: 'unanswered', behind: 'stillBehind', started: 'unfinished' };
  const MISSED = 3; /* looks in a row that nobody answers are a moment without network */

  /** Some time, and then until somebody looks at the page; how long nobody did. */
  async function pause(time) {
    await new Promise((done) => {
      setTimeout(done, time);
    });
    const began = performance.now();
    while (document.hidden) {
      // eslint-disable-next-line no-await-in-loop
      await new Promise((done) => {
        document.addEventListener('visibilitychange', done, { once: true });
      });
    }
    return performance.now() - began;
  }

  /** What is told at the address when it is an answer, or how it had `stood` when nobody waited for it any more. */
  async function answered(editor, there, isOver) {
    const { questions, wordsValue: words } = editor;
    const asked = performance.now();
    let [began, away, missed, stands, told] = [asked, 0, 0, 'waiting', ''];
    for (let wait = FIRST; performance.now() - began - away < PATIENCE; wait = Math.min(LONGEST, wait * 1.5)) {
      /* eslint-disable no-await-in-loop -- one question after the other */
      away += await pause(wait);
      if (isOver()) break;
      const answer = await questions.look(there);
      /* eslint-enable no-await-in-loop */
      missed = answer.again ? missed + 1 : 0;
      if (!answer.waiting && (!missed || missed === MISSED)) return answer;
      if (answer.waiting === 'started' && stands !== 'started') [began, away] = [performance.now(), 0];
      stands = answer.waiting || stands;
      const word = editor.busy ? 'waiting' : TOLD[stands];
      if (told !== word && !isOver() && performance.now() - asked - away > LONG) {
        told = word;
        editor.say(words[word]);
      }
    }
    return { stood: stands };
  }

  /**
   * The worker's answer to `question`, or what is wrong as `error`; once `over` is aborted, nobody waits for it.
   * The `editor` is the controller that asks, with its form, its `questions` (a Post), its words and a way to say them.
   */
  async function ask(editor, url, question, over) {
    const { questions, wordsValue: words } = editor;
    const begun = await questions.send(editor.form, url, question, PATIENCE / 2);
    if (begun.error) return begun;
    let [open, left] = [true, false];
    /* A worker has better to do than what nobody waits for. */
    const drop = () => {
      if (open) questions.send(editor.form, url, { dropped: begun.key }, PATIENCE / 2);
      open = false;
    };
    /* Who comes back by the back button may find the page as it was, where nothing is waited for any more. */
    const leave = () => {
      if (open) questions.leave(editor.form, url, { dropped: begun.key });
      [open, left] = [false, true];
    };
    over.addEventListener('abort', drop);
    window.addEventListener('pagehide', leave);
    try {
      const there = `${url}?${new URLSearchParams({ key: begun.key })}`;
      const answer = over.aborted ? { stood: 'waiting' } : await answered(editor, there, () => over.aborted || left);
      if (left) return { error: words.left };
      if (answer.stood) drop();
      open = false;
      return answer.stood ? { error: words[OVER[answer.stood]] } : answer;
    } finally {
      over.removeEventListener('abort', drop);
      window.removeEventListener('pagehide', leave);
    }
  }

  window.restoreAsk.ask = ask;
})();
