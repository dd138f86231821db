/** As a `ref`: has the focus from its first moment in the page, so that what is typed in a hurry arrives there. */
export const takesFocus = (node: HTMLElement | null) => node?.focus({ preventScroll: true });
