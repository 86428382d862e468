/**
 * Wraps a read that may be requested at any time: at most one is in flight. A request during a read causes exactly one
 * more, because the running one may return older data.
 */
export function oneBehind(read: () => Promise<unknown>): () => void {
  let reading = false;
  let again = false;
  return function ask() {
    again = reading;
    if (reading) return;
    reading = true;
    const end = () => {
      reading = false;
      if (again) ask();
    };
    read().then(end, end);
  };
}
