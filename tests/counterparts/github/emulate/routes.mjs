// Requests that emulate does not know, or answers quite otherwise.

import { happened } from "./history.mjs";
import { isBot, reply } from "./front.mjs";
import { comment, CONTENTS, reaction, timeline, user } from "./shown.mjs";
import { invalid, Refused } from "./world.mjs";

const writing = (world, call, least = "triage") => {
  if (!world.may(call.repo, call.user, least)) throw new Refused(403, "Must have admin rights to Repository.");
};

function page(call, rows, json = (each) => each) {
  const asked = (name, most) => Math.min(most, Math.max(1, Number(call.url.searchParams.get(name)) || (name === "page" ? 1 : 30)));
  const [number, size] = [asked("page", Infinity), asked("per_page", 100)];
  const last = Math.max(1, Math.ceil(rows.length / size));
  const link = (to, rel) => {
    const url = new URL(call.url);
    url.searchParams.set("page", to);
    return `<${url}>; rel="${rel}"`;
  };
  const links = number < last ? [link(number + 1, "next"), link(last, "last")] : [];
  if (number > 1) links.push(link(1, "first"), link(number - 1, "prev"));
  const headers = links.length ? { link: links.join(", ") } : {};
  const shown = json(rows.slice((number - 1) * size, number * size));
  return shown instanceof Promise ? shown.then((all) => Response.json(all, { headers })) : Response.json(shown, { headers });
}

// emulate sorts all issues for each page; ten thousand take their time.
function list(world, call) {
  const asked = (name, usual) => call.url.searchParams.get(name) ?? usual;
  const state = asked("state", "open");
  const since = asked("since") ? new Date(asked("since")).toISOString() : "";
  const [creator, assignee] = [asked("creator"), asked("assignee")].map((login) => login && (world.user(login)?.id ?? login));
  const labels = asked("labels", "").split(",").filter(Boolean).map((name) => world.label(call.repo, name.trim())?.id);
  const held = (ids) => !assignee || (assignee === "*" ? ids.length > 0 : assignee === "none" ? !ids.length : ids.includes(assignee));
  const fits = (row) =>
    row.repo_id === call.repo.id && (state === "all" || row.state === state) && row.updated_at >= since &&
    (!creator || row.user_id === creator) && held(row.assignee_ids) && labels.every((id) => row.label_ids.includes(id));
  const rows = [...world.gh.issues.items.values()].filter(fits);
  const by = { updated: "updated_at", comments: "comments" }[asked("sort")];
  if (by) rows.sort((one, two) => (one[by] < two[by] ? -1 : one[by] > two[by] ? 1 : one.number - two.number));
  if (asked("direction", "desc") === "desc") rows.reverse();
  return page(call, rows, world.listed);
}

const history = (comments) => async (world, call, number) =>
  page(call, await timeline(world, call.repo, world.issue(call.repo, number), world.show, comments));

function comments(world, call, number) {
  const since = call.url.searchParams.get("since");
  const least = since ? new Date(since).toISOString() : "";
  const issue = world.issue(call.repo, number);
  const mine = (row) => row.comment_type === "issue" && row.issue_number === issue.number && row.updated_at >= least;
  const rows = world.gh.comments.findBy("repo_id", call.repo.id).filter(mine);
  return page(call, rows.map((row) => comment(world, call.repo, row)));
}

function allComments(world, call) {
  const asked = (name) => call.url.searchParams.get(name);
  const least = asked("since") ? new Date(asked("since")).toISOString() : "";
  const rows = world.gh.comments.findBy("repo_id", call.repo.id).filter((row) => row.comment_type === "issue" && row.updated_at >= least);
  const by = asked("sort") === "updated" ? "updated_at" : "created_at";
  rows.sort((one, two) => one[by].localeCompare(two[by]) || one.turn - two.turn);
  if ((asked("direction") ?? (asked("sort") ? "desc" : "asc")) === "desc") rows.reverse();
  return page(call, rows.map((row) => comment(world, call.repo, row)));
}

function assignee(world, call, login) {
  if (!world.may(call.repo, world.user(login), "triage")) throw new Refused(404, "Not Found");
  return reply(204);
}

function permission(world, call, login) {
  const person = world.user(login);
  if (!person) throw new Refused(404, "Not Found");
  writing(world, call, "write");
  const role = world.role(call.repo, person);
  const plain = { maintain: "write", triage: "read" }[role] ?? role;
  const rights = Object.fromEntries(["pull", "triage", "push", "maintain", "admin"].map((name) => [name, world.may(call.repo, person, { pull: "read", push: "write" }[name] ?? name)]));
  return reply(200, { permission: plain, role_name: role, user: { ...user(world, person.id), permissions: rights, role_name: role } });
}

function collaborators(world, call) {
  writing(world, call, "write");
  const rows = world.gh.collaborators.findBy("repo_id", call.repo.id).map((each) => {
    const person = world.gh.users.get(each.user_id);
    return JSON.parse(JSON.stringify({ ...user(world, person.id), role_name: world.role(call.repo, person), permissions: { pull: true, triage: true, push: world.may(call.repo, person, "write"), maintain: world.may(call.repo, person, "maintain"), admin: world.may(call.repo, person, "admin") } }));
  });
  return page(call, rows);
}

const onComment = (world, call, id) => `comment ${world.comment(call.repo, id).id}`;
const onIssue = (world, call, number) => `issue ${world.issue(call.repo, number).id}`;

const react = (where) => (world, call, id) => {
  const on = where(world, call, id);
  const { content } = call.body;
  const number = /^\/issues\/(\d+)\/reactions/.exec(call.path)?.[1] ?? world.comment(call.repo, id).issue_number;
  if (world.issue(call.repo, number).locked && isBot(call)) throw new Refused(403, "Unable to create reaction because issue is locked.");
  if (!CONTENTS.includes(content)) throw invalid("Reaction", "content", "invalid");
  const there = world.reactions.findBy("on", on).find((row) => row.content === content && row.user_id === call.user.id);
  return reply(there ? 200 : 201, reaction(world, there ?? world.reactions.insert({ on, content, user_id: call.user.id })));
};

const reacted = (where) => (world, call, id) => {
  const wanted = call.url.searchParams.get("content");
  const rows = world.reactions.findBy("on", where(world, call, id)).filter((row) => !wanted || row.content === wanted);
  return page(call, rows.map((row) => reaction(world, row)));
};

async function subIssues(world, call, number) {
  const issue = world.issue(call.repo, number);
  const children = world.children.findBy("parent", issue.id).map((link) => world.gh.issues.get(link.child));
  return page(call, await Promise.all(children.map((each) => world.show(each))));
}

async function adopt(world, call, number) {
  writing(world, call);
  const [parent, child] = [world.issue(call.repo, number), world.gh.issues.get(call.body.sub_issue_id)];
  if (!child || child.id === parent.id) throw new Refused(404, "The provided sub-issue does not exist");
  const [before] = world.children.findBy("child", child.id);
  const refusal = (said) => new Refused(422, "Validation Failed", [{ resource: "SubIssue", code: "custom", field: "base", message: said }]);
  if (before?.parent === parent.id) throw refusal("Issue may not contain duplicate sub-issues");
  if (before && !call.body.replace_parent) throw refusal("Sub issue may only have one parent");
  if (world.children.findBy("parent", parent.id).length >= 100) throw refusal("Parent cannot have more than 100 sub-issues");
  for (let up = parent.id; up; up = world.children.findBy("child", up)[0]?.parent) {
    if (up === child.id) throw refusal("Sub issue would create a circular dependency");
  }
  if (before) world.children.delete(before.id);
  world.children.insert({ parent: parent.id, child: child.id });
  happened(world, parent, "sub_issue_added", call.user.id, { other_id: child.id });
  happened(world, child, "parent_issue_added", call.user.id, { other_id: parent.id });
  return reply(201, await world.show(child));
}

async function orphan(world, call, number) {
  writing(world, call);
  const [parent, child] = [world.issue(call.repo, number), world.gh.issues.get(call.body.sub_issue_id)];
  const link = world.children.findBy("parent", parent.id).find((each) => each.child === child?.id);
  if (!link) throw new Refused(404, "Not Found");
  world.children.delete(link.id);
  happened(world, parent, "sub_issue_removed", call.user.id, { other_id: child.id });
  happened(world, child, "parent_issue_removed", call.user.id, { other_id: parent.id });
  return reply(200, await world.show(child));
}

async function parent(world, call, number) {
  const [link] = world.children.findBy("child", world.issue(call.repo, number).id);
  if (!link) throw new Refused(404, "Not Found");
  return reply(200, await world.show(world.gh.issues.get(link.parent)));
}

const lock = (locked) => (world, call, number) => {
  writing(world, call, "write");
  const issue = world.issue(call.repo, number);
  const reason = call.body.lock_reason ?? null;
  if (issue.locked !== locked) {
    world.gh.issues.update(issue.id, { locked, active_lock_reason: locked ? reason : null });
    happened(world, issue, locked ? "locked" : "unlocked", call.user.id, { lock_reason: reason });
  }
  return reply(204);
};

// A token of Actions or of an App has no user.
function me(world, call) {
  if (!call.user) throw new Refused(401, "Requires authentication");
  if (call.token.startsWith("ghs_")) throw new Refused(403, "Resource not accessible by integration");
  const shown = user(world, call.user.id);
  const none = { name: null, company: null, blog: "", location: null, email: null, hireable: null, bio: null };
  const counts = { public_repos: 0, public_gists: 0, followers: 0, following: 0 };
  return reply(200, { ...shown, user_view_type: "public", ...none, ...counts, created_at: call.user.created_at, updated_at: call.user.updated_at });
}

export const ROUTES = [
  ["GET", /^\/issues$/, list],
  ["GET", /^\/user$/, me],
  ["GET", /^\/issues\/(\d+)\/timeline$/, history(true)],
  ["GET", /^\/issues\/(\d+)\/events$/, history(false)],
  ["GET", /^\/issues\/(\d+)\/comments$/, comments],
  ["GET", /^\/issues\/comments$/, allComments],
  ["GET", /^\/assignees\/([^/]+)$/, assignee],
  ["GET", /^\/collaborators$/, collaborators],
  ["GET", /^\/collaborators\/([^/]+)\/permission$/, permission],
  ["POST", /^\/issues\/comments\/(\d+)\/reactions$/, react(onComment)],
  ["GET", /^\/issues\/comments\/(\d+)\/reactions$/, reacted(onComment)],
  ["POST", /^\/issues\/(\d+)\/reactions$/, react(onIssue)],
  ["GET", /^\/issues\/(\d+)\/reactions$/, reacted(onIssue)],
  ["GET", /^\/issues\/(\d+)\/sub_issues$/, subIssues],
  ["POST", /^\/issues\/(\d+)\/sub_issues$/, adopt],
  ["DELETE", /^\/issues\/(\d+)\/sub_issue$/, orphan],
  ["GET", /^\/issues\/(\d+)\/parent$/, parent],
  ["PUT", /^\/issues\/(\d+)\/lock$/, lock(true)],
  ["DELETE", /^\/issues\/(\d+)\/lock$/, lock(false)],
];
