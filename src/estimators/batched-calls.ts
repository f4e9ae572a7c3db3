/**
 * Batches the requests of several tasks that each make one request at a time: they are answered together, once every running task has made
 * one. One batched answer costs less than many.
 */
export class BatchedCalls<Question, Answer> {
  readonly #answer: (questions: ReadonlyMap<number, Question>) => Promise<ReadonlyMap<number, Answer>>;
  #underWay: number;
  #waiting = new Map<
    number,
    { readonly question: Question; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void }
  >();

  /** For `members` tasks, each of which makes requests and finally leaves. */
  constructor(members: number, answer: (questions: ReadonlyMap<number, Question>) => Promise<ReadonlyMap<number, Answer>>) {
    this.#underWay = members;
    this.#answer = answer;
  }

  ask(member: number, question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(member, { question, resolve, reject });
      this.#answerAll();
    });
  }

  /** A task has finished and makes no more requests. */
  leave(): void {
    this.#underWay--;
    this.#answerAll();
  }

  #answerAll(): void {
    if (this.#waiting.size === 0 || this.#waiting.size < this.#underWay) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    // In the order of the members, whoever asked first.
    const questions = new Map([...waiting].toSorted(([a], [b]) => a - b).map(([member, { question }]) => [member, question]));
    this.#answer(questions).then(
      (answers) => {
        for (const [member, { resolve }] of waiting) resolve(answers.get(member)!);
      },
      (error: unknown) => {
        for (const { reject } of waiting.values()) reject(error);
      },
    );
  }
}
