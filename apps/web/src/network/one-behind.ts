/**
 * A read that may be asked for at any time: at most one is on its way. Asked for meanwhile it is done once more, because
 * what is on its way may be older than what was heard of.
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
