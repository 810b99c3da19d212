type Size = { width: number; height: number };

/** Is a frame too small for a course, where a window of its own would give notably more room? */
export function isCramped(frame: Size, screen: Size): boolean {
  // A frame that is not shown yet says nothing.
  if (frame.width === 0 || frame.height === 0) return false;
  const isSmall = frame.width < 500 || frame.height < 320;
  return isSmall && screen.width * screen.height > 1.5 * frame.width * frame.height;
}
