export type CourseFrame = {
  /** Shows an address in a new frame; `loaded`: with each of its pages. */
  show: (url: string, title: string, loaded?: (page: Window | null) => void) => void;
  /** Takes the course away; its last words (beforeunload, pagehide, unload) have been said when this returns. */
  leave: () => void;
  /** What stands in it now; undefined where that is another origin's. */
  document: () => Document | undefined;
};

/** The frame a course plays in. A new one for each item: nothing is left of the last, and the LMS's Back button gains no steps. */
export function makeCourseFrame(host: HTMLElement): CourseFrame {
  let frame: HTMLIFrameElement | undefined;
  const leave = () => {
    const leaving = frame;
    frame = undefined;
    if (!leaving) return;
    if (leaving.contentWindow) sayBeforeUnload(leaving.contentWindow);
    leaving.remove();
  };
  return {
    leave,
    document: () => frame?.contentDocument ?? undefined,
    show(url, title, loaded) {
      leave();
      frame = document.createElement('iframe');
      frame.title = title;
      frame.allow =
        'autoplay *; fullscreen *; encrypted-media *; picture-in-picture *; clipboard-write *; unload *';
      frame.src = url;
      frame.addEventListener('load', ({ target }) => loaded?.((target as HTMLIFrameElement).contentWindow));
      host.append(frame);
      // The LMS must not jump to where we are on its page.
      frame.focus({ preventScroll: true });
    },
  };
}

/**
 * Removing a frame fires pagehide and unload in it, at once, but not beforeunload, where many courses call Terminate. Ours is
 * not the browser's: it asks nobody "Leave site?", which a course that is being closed properly need not ask.
 */
function sayBeforeUnload(target: Window): void {
  try {
    const event = target.document.createEvent('BeforeUnloadEvent');
    event.initEvent('beforeunload', false, true);
    target.dispatchEvent(event);
    for (let i = 0; i < target.frames.length; i++) sayBeforeUnload(target.frames[i]!);
  } catch {
    // Another origin's: it has no API of ours, and we may not talk to it.
  }
}
