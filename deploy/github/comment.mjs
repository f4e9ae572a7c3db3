// Writes the comment of a pull request, or writes it anew. Where it cannot, that is said and nothing fails: the summary has the same.
import { readFileSync } from 'node:fs';
import { annotate, event, input, step } from './step.mjs';

await step(async () => {
  const { pull_request: pull } = event();
  if (pull === undefined) return;
  const repository = process.env['GITHUB_REPOSITORY'];
  // null: the fork is gone.
  if (pull.head.repo?.full_name !== repository) {
    annotate('notice', 'The token of a pull request from a fork cannot comment: the summary of the run has the same.');
    return;
  }
  try {
    await write({ repository, number: pull.number, body: readFileSync(input('body'), 'utf8') });
  } catch (error) {
    annotate(
      'warning',
      `The comment could not be written (${error.message}). It needs the permission \`pull-requests: write\`. The summary has the same.`,
    );
  }
});

async function write({ repository, number, body }) {
  const issues = `${process.env['GITHUB_API_URL']}/repos/${repository}/issues`;
  const id = await ownComment({ repository, number, marker: body.slice(0, body.indexOf('\n')) });
  if (id === undefined) await ask('POST', `${issues}/${number}/comments`, { body });
  else await ask('PATCH', `${issues}/comments/${id}`, { body });
}

/** By its first line, among the last hundred, and by the same author: anybody may write such a line. */
async function ownComment({ repository, number, marker }) {
  const [owner, name] = repository.split('/');
  const query = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) {
      pullRequest(number: $number) { comments(last: 100) { nodes { databaseId body viewerDidAuthor } } }
    }
  }`;
  const { data, errors } = await ask('POST', process.env['GITHUB_GRAPHQL_URL'], { query, variables: { owner, name, number } });
  if (errors !== undefined) throw new Error(errors[0].message);
  const { nodes } = data.repository.pullRequest.comments;
  return nodes.findLast((each) => each.viewerDidAuthor && each.body.startsWith(marker))?.databaseId;
}

/** method: POST or PATCH, with a body. */
async function ask(method, url, content) {
  const response = await fetch(url, {
    method: method === 'PATCH' ? 'PATCH' : 'POST',
    headers: { authorization: `Bearer ${input('token')}`, accept: 'application/vnd.github+json', 'content-type': 'application/json' },
    body: JSON.stringify(content),
  });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return await response.json();
}
