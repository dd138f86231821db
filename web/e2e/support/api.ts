/** The same API the browser uses, for what a test needs beside what it drives by hand. */

export interface Answer<Body = Json> {
  status: number;
  body: Body;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are asserted on, not typed
export type Json = any;

export interface Call {
  body?: unknown;
  version?: number;
}

export class Api {
  constructor(
    readonly url: string,
    private readonly cookie: string,
    private readonly password: string,
  ) {}

  static async signIn(url: string, email: string, password: string): Promise<Api> {
    const response = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ email, password }),
    });
    if (!response.ok) throw new Error(`sign-in of ${email}: ${response.status} ${await response.text()}`);
    const cookie = response.headers.getSetCookie().map((each) => each.split(';')[0]);
    return new Api(url, cookie.join('; '), password);
  }

  /** Answers whatever the server says, refusals included. */
  async ask(method: string, path: string, { body, version }: Call = {}): Promise<Answer> {
    const headers: Record<string, string> = { cookie: this.cookie, origin: this.url };
    if (version !== undefined) headers['if-match'] = `"${version}"`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }

  /** The body of an answer that has to be a success. */
  async get(path: string): Promise<Json> {
    return this.must('GET', path);
  }

  async must(method: string, path: string, call: Call = {}): Promise<Json> {
    let answer = await this.ask(method, path, call);
    // A long run outlasts the quarter of an hour for which signing in is proof enough.
    if (answer.body?.code === 'reauthentication_required') {
      await this.must('POST', '/session/proof', { body: { password: this.password } });
      answer = await this.ask(method, path, call);
    }
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
