// Before and behind emulate: who asks, may they, what it answers otherwise than GitHub.

import { invalid, Refused } from "./world.mjs";
import { control } from "./control.mjs";
import { comment, dressed, user } from "./shown.mjs";
import { ROUTES } from "./routes.mjs";

const ENOUGH = 4000; // requests for one name of a token: emulate has a limit of 5000 of its own
const MOST = { body: 65536, title: 256 };
const REPO = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/;
export const reply = (status, body) =>
  status === 204 ? new Response(null, { status }) : Response.json(body, { status });

export function front(emulate, world) {
  let asked = 0;
  world.renamed = (token) => {
    const name = `${token}~${Math.floor(asked++ / ENOUGH)}`;
    if (world.tokens.has(token)) world.tokens.set(name, world.tokens.get(token));
    return `Bearer ${name}`;
  };
  const get = (path, token) =>
    emulate(new Request(`${world.baseUrl}${path}`, { headers: { authorization: world.renamed(token) } }));
  world.inside = (row) => world.gh.repos.get(row.repo_id).full_name;
  world.show = async (row, token = "t-ghost") =>
    dressed(world, await (await get(`/repos/${world.inside(row)}/issues/${row.number}`, token)).json());
  world.listed = async (rows) => {
    if (!rows.length) return [];
    world.only = rows;
    const json = await (await get(`/repos/${world.inside(rows[0])}/issues?state=all&per_page=100`, "t-ghost")).json();
    const byId = new Map(json.map((each) => [each.id, dressed(world, each)]));
    return rows.map((row) => byId.get(row.id));
  };
  world.shown = async (repo) => (await get(`/repos/${repo.full_name}`, "t-ghost")).json();

  return async (request) => {
    const url = new URL(request.url);
    const text = request.method === "GET" ? "" : await request.text();
    world.at(request.headers.get("x-moment"));
    try {
      const sent = text ? JSON.parse(text) : {};
      const body = Array.isArray(sent) ? { labels: sent } : sent;
      if (url.pathname.startsWith("/_control/")) return await control(world, url, body);
      const call = understood(world, request, url, body);
      return await answered(emulate, world, call);
    } catch (error) {
      if (error instanceof Refused) return reply(error.status, error.body);
      if (error instanceof SyntaxError) return reply(400, { message: "Problems parsing JSON", documentation_url: "https://docs.github.com/rest", status: "400" });
      throw error;
    }
  };
}

function understood(world, request, url, body) {
  const given = (request.headers.get("authorization") ?? "").replace(/^(bearer|token) /i, "");
  const known = world.tokens.get(given);
  if (given && !known) throw new Refused(401, "Bad credentials");
  const found = REPO.exec(url.pathname);
  const user = known && world.user(known.login);
  const call = { method: request.method, headers: request.headers, url, body, user, token: given, path: url.pathname };
  if (!found) return call;
  call.repo = world.repo(found[1]);
  call.path = found[2] ?? "";
  if (!call.repo || !world.may(call.repo, user, "read")) throw new Refused(404, "Not Found");
  return call;
}

async function answered(emulate, world, call) {
  for (const [method, pattern, route] of ROUTES) {
    const match = method === call.method && pattern.exec(call.path);
    if (match) return await route(world, call, ...match.slice(1).map(decodeURIComponent));
  }
  if (call.repo) prepare(world, call);
  world.closing = call.body.state_reason === "duplicate" ? "duplicate" : null;
  const init = { method: call.method, headers: new Headers(call.headers) };
  if (call.token) init.headers.set("authorization", world.renamed(call.token));
  if (call.method !== "GET") init.body = JSON.stringify(call.body);
  const response = await emulate(new Request(call.url, init));
  return mended(world, call, response);
}

// Rights, limits and names as GitHub has them; emulate then does the work.
function prepare(world, call) {
  const { method, path, repo, user, body } = call;
  if (!user && method !== "GET") throw new Refused(401, "Requires authentication");
  const writer = world.may(repo, user, "triage");
  const canonical = (name) => world.label(repo, name)?.name ?? name;
  const labels = /^(\/issues\/\d+)?\/labels(?:\/(.+))?$/.exec(path);
  if (labels && method !== "GET" && !writer) throw new Refused(403, "Must have admin rights to Repository.");
  if (labels?.[2]) rename(world, call, labels);
  if (path === "/labels" && method === "POST") checkLabel(world, repo, body, body.name);
  const issue = /^\/issues\/(\d+)/.exec(path);
  const row = issue && world.issue(repo, issue[1]);
  if (method === "POST" && path.endsWith("/comments")) fits(body, "IssueComment", row?.locked && (!world.may(repo, user, "write") || isBot(call)));
  if (method === "PATCH" && path.startsWith("/issues/comments/")) checkEdit(world, call, writer);
  if (/^\/issues(\/\d+)?$/.test(path) && method !== "GET") checkIssue(world, call, row, writer);
  if (path.endsWith("/assignees")) checkAssignees(world, call, row, writer);
  if (Array.isArray(body.labels)) body.labels = body.labels.map((each) => canonical(each.name ?? each));
}

// Of Actions or of an App: what it may write, it may not write on a locked issue.
export const isBot = (call) => String(call.token).startsWith("ghs_");

function rename(world, call, [, issue, name]) {
  const there = world.label(call.repo, decodeURIComponent(name));
  if (issue && !there) throw new Refused(404, "Label does not exist");
  if (issue) {
    const row = world.issue(call.repo, /\d+/.exec(issue)[0]);
    if (!row.label_ids.includes(there.id)) throw new Refused(404, "Label does not exist");
  }
  if (there) call.url.pathname = call.url.pathname.replace(/[^/]+$/, encodeURIComponent(there.name));
  if (call.method === "PATCH" && there) checkLabel(world, call.repo, call.body, call.body.new_name, there);
}

function checkLabel(world, repo, body, name, self) {
  if (name === undefined && self) return checkLook(body);
  if (!String(name ?? "").trim()) throw invalid("Label", "name", "missing_field");
  if (name.length > 50) throw invalid("Label", "name", "custom", { message: "name is too long (maximum is 50 characters)" });
  const there = world.label(repo, name);
  if (there && there.id !== self?.id) throw invalid("Label", "name", "already_exists");
  checkLook(body);
}

function checkLook({ color, description }) {
  if (color !== undefined && !/^[0-9a-f]{6}$/i.test(color)) throw invalid("Label", "color", "invalid");
  if ((description ?? "").length > 100) {
    throw invalid("Label", "description", "custom", { message: "description is too long (maximum is 100 characters)" });
  }
}

function fits(body, resource, locked) {
  if (locked) throw new Refused(403, "Unable to create comment because issue is locked.");
  for (const [field, most] of Object.entries(MOST)) {
    if ((body[field] ?? "").length > most) {
      throw invalid(resource, field, "custom", { message: `${field} is too long (maximum is ${most} characters)` });
    }
  }
  if (resource === "IssueComment" && !String(body.body ?? "").trim()) throw invalid(resource, "body", "missing_field");
}

function checkEdit(world, call, writer) {
  const row = world.comment(call.repo, /\d+/.exec(call.path)[0]);
  if (!writer && row.user_id !== call.user.id) throw new Refused(403, "Must have admin rights to Repository.");
  fits(call.body, "IssueComment");
}

function checkIssue(world, call, row, writer) {
  const { body, repo, user } = call;
  if (row && !writer && row.user_id !== user.id) throw new Refused(403, "Must have admin rights to Repository.");
  fits(body, "Issue");
  if (!row && !String(body.title ?? "").trim()) throw invalid("Issue", "title", "missing_field");
  if (row && (body.state ?? row.state) === row.state) delete body.state_reason; // "ignored unless state is changed"
  if (!writer) for (const dropped of ["labels", "assignees", "milestone"]) delete body[dropped];
  if (!body.assignees) return;
  body.assignees = body.assignees.slice(0, 10).map((login) => {
    const person = world.user(login);
    if (!world.assignable(repo, person, row)) throw invalid("Issue", "assignees", "invalid", { value: login });
    return person.login;
  });
}

// Those who cannot be assigned are left out, without a word.
function checkAssignees(world, call, row, writer) {
  if (!row) return;
  if (!writer) throw new Refused(403, "Must have admin rights to Repository.");
  const people = (call.body.assignees ?? []).map((login) => world.user(login));
  const removes = call.method === "DELETE";
  const able = people.filter((each) => each && (removes || world.assignable(call.repo, each, row)));
  const free = Math.max(0, 10 - row.assignee_ids.length);
  call.body.assignees = able.map((each) => each.login).slice(0, removes ? able.length : free);
}

async function mended(world, call, response) {
  if (!call.repo || !response.ok || response.status === 204) return response;
  const { method, path, repo } = call;
  const one = /^\/issues\/comments\/(\d+)$/.exec(path);
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "content-length"));
  const json = await response.json();
  let shown = json;
  if (/^\/issues(\/\d+(\/assignees)?)?$/.test(path)) {
    shown = dressed(world, json);
  }
  if (path === "" && method === "GET") {
    shown = { ...json, owner: { ...user(world, 0), ...json.owner }, network_count: 0, subscribers_count: 0 };
  }
  if (one) shown = comment(world, repo, world.comment(repo, one[1]));
  const status = method === "POST" && path.endsWith("/assignees") ? 201 : response.status;
  return Response.json(shown, { status, headers });
}
