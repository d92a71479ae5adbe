// What people who use this counterpart tell it, and what tests look at: POST /_control/...
//
//   seed {users, tokens, repos: {path: {private, members, labels, issues}}}   from the beginning
//   save → number, restore {number}   the world as it was
//   role {repo, login, role}, pull {repo, title, login}, issues {repo, rows}
//   erase {repo, text}   all comments with this text
//   look {repo} → every issue with its timeline and sub-issues;  state → the whole store

import { happened } from "./history.mjs";
import { reply } from "./front.mjs";
import { timeline } from "./shown.mjs";
import { set } from "./clock.mjs";

export async function control(world, url, body) {
  const order = url.pathname.slice("/_control/".length);
  if (!(order in ORDERS)) return reply(404, { message: `no such order: ${order}` });
  return reply(200, (await ORDERS[order](world, body)) ?? {});
}

function seed(world, { users = [], tokens = {}, repos = {} }) {
  world.clear();
  const owners = new Set(Object.keys(repos).map((path) => path.split("/")[0]));
  const split = (path) => ({ owner: path.split("/")[0], name: path.split("/")[1], private: repos[path].private ?? false });
  world.seed({
    users: ["ghost", ...users].map((login) => ({ login })),
    orgs: [...owners].filter((login) => !users.includes(login)).map((login) => ({ login })),
    repos: Object.keys(repos).map(split),
  });
  for (const [token, login] of Object.entries({ "t-ghost": "ghost", ...tokens })) {
    world.tokens.set(token, { login, id: world.user(login).id, scopes: ["repo"] });
  }
  for (const [path, has] of Object.entries(repos)) fill(world, world.repo(path), has);
}

function fill(world, repo, { members = {}, labels = [], issues = [] }) {
  world.setRole(repo, world.user("ghost"), "admin"); // who looks at everything
  for (const [login, role] of Object.entries(members)) world.setRole(repo, world.user(login), role);
  for (const label of world.gh.labels.findBy("repo_id", repo.id)) world.gh.labels.delete(label.id);
  for (const label of labels) {
    const { name, color = "ededed", description = null } = typeof label === "string" ? { name: label } : label;
    const row = world.gh.labels.insert({ node_id: "", repo_id: repo.id, name, color, description, default: false });
    world.gh.labels.update(row.id, { node_id: `LA_${row.id}` });
  }
  for (const issue of issues) opened(world, repo, issue);
}

function last(world, repo) {
  return world.gh.issues.findBy("repo_id", repo.id).reduce((most, each) => Math.max(most, each.number), 0);
}

function opened(world, repo, { title, body = null, author = "ghost", labels = [], assignees = [], created_at, pull = false }, number = 1 + last(world, repo)) {
  if (created_at) set(Date.parse(created_at));
  const { gh } = world;
  const names = labels.map((name) => world.label(repo, name)?.id).filter(Boolean); // a form's may be none
  const people = assignees.map((login) => world.user(login).id);
  const row = gh.issues.insert({
    node_id: "", number, repo_id: repo.id, title, body, state: "open", state_reason: null,
    locked: false, active_lock_reason: null, user_id: world.user(author).id, assignee_ids: people, label_ids: names,
    milestone_id: null, comments: 0, closed_at: null, closed_by_id: null, is_pull_request: false, pull,
  });
  gh.issues.update(row.id, { node_id: `I_${row.id}` });
  happened(world, row, "opened", row.user_id);
  return row.number;
}

async function look(world, { repo }) {
  const there = world.repo(repo);
  const rows = world.gh.issues.findBy("repo_id", there.id).filter((row) => !row.pull).sort((one, two) => one.number - two.number);
  const one = async (row) => ({
    issue: await world.show(row),
    timeline: await timeline(world, there, row, world.show, true),
    children: world.children.findBy("parent", row.id).map((link) => world.gh.issues.get(link.child).number),
  });
  return Promise.all(rows.map(one));
}

function erase(world, { repo, text }) {
  const there = world.repo(repo);
  for (const row of world.gh.comments.findBy("repo_id", there.id)) {
    if (!row.body.includes(text)) continue;
    const issue = world.issue(there, row.issue_number);
    world.gh.issues.update(issue.id, { comments: issue.comments - 1 });
    world.gh.comments.delete(row.id);
  }
}

const ORDERS = {
  erase,
  seed,
  save: (world) => ({ number: world.save() }),
  restore: (world, { number }) => void world.restore(number),
  role: (world, { repo, login, role }) => void world.setRole(world.repo(repo), world.user(login), role),
  pull: (world, { repo, ...rest }) => ({ number: opened(world, world.repo(repo), { ...rest, pull: true }) }),
  issues: (world, { repo, rows }) => {
    const there = world.repo(repo);
    const before = last(world, there); // once: of very many rows each would look at all
    return { numbers: rows.map((row, nth) => opened(world, there, row, before + 1 + nth)) };
  },
  look,
  state: (world) => world.store.snapshot(),
};
