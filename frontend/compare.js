// Two pictures of one page move together: what is shown of one is shown of the other. Without this file each moves alone.
for (const pair of document.querySelectorAll("[data-compare-pair]")) {
  const windows = [...pair.querySelectorAll("[data-compare-window], .compare-text")];
  const groups = [".compare-text", "[data-compare-window]"].map((kind) => windows.filter((one) => one.matches(kind)));
  for (const [one, other] of groups.filter((group) => group.length === 2)) {
    let led = null; // the one that moves because the other did answers nothing
    const follow = (from, to) => () => {
      if (led === from) {
        led = null;
        return;
      }
      const top = (from.scrollTop / Math.max(1, from.scrollHeight - from.clientHeight)) * (to.scrollHeight - to.clientHeight);
      const left = (from.scrollLeft / Math.max(1, from.scrollWidth - from.clientWidth)) * (to.scrollWidth - to.clientWidth);
      if (Math.abs(to.scrollTop - top) < 1 && Math.abs(to.scrollLeft - left) < 1) return;
      led = to;
      to.scrollTo(left, top);
    };
    one.addEventListener("scroll", follow(one, other), { passive: true });
    other.addEventListener("scroll", follow(other, one), { passive: true });
  }
}
