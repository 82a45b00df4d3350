/** Waits for a state, however long the machine takes, within reason. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > late) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
