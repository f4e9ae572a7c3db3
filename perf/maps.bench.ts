import { projectInThread } from '../src/maps/projection-thread.ts';
import { METHODS } from '../src/maps/projection.ts';
import { randomInts } from '../src/numeric/random.ts';

const WIDTH = 384;
const CLASSES = 6;

/** Wall and CPU seconds of a map of synthetic vectors of six classes. Arguments: numbers of texts (default: 1000 and 6000). */
export async function bench(words: readonly string[]): Promise<void> {
  const draw = randomInts(1);
  const unit = (): number => draw(0, 1999) / 1000 - 1;
  const centres = Float32Array.from({ length: CLASSES * WIDTH }, unit);
  for (const rows of words.length === 0 ? [1000, 6000] : words.map(Number)) {
    const data = Float32Array.from(
      { length: rows * WIDTH },
      (_, at) => centres[(Math.floor(at / WIDTH) % CLASSES) * WIDTH + (at % WIDTH)]! + 3 * unit(),
    );
    for (const method of METHODS) {
      const [started, before] = [performance.now(), process.cpuUsage()];
      await projectInThread({ vectors: { rows, cols: WIDTH, data }, method, seed: 1 });
      const { user, system } = process.cpuUsage(before);
      const [wall, cpu] = [(performance.now() - started) / 1000, (user + system) / 1e6];
      console.log(`${method}, ${rows} texts: ${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time`);
    }
  }
}
