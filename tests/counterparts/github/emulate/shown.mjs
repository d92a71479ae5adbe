// How GitHub shows what emulate does not.

const FOLDED = ["followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events", "received_events"];
export const CONTENTS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

export function user(world, id) {
  const row = world.gh.users.get(id) ?? (id === 0 ? { login: "", node_id: "", type: "Organization", site_admin: false } : null);
  if (!row) return null;
  const url = `${world.baseUrl}/users/${row.login}`;
  const links = Object.fromEntries(FOLDED.map((name) => [`${name}_url`, `${url}/${name}`]));
  const { login, node_id, type, site_admin } = row;
  return { login, id, node_id, avatar_url: `${url}/avatar`, gravatar_id: "", url, html_url: `${world.baseUrl}/${login}`, ...links, type, site_admin };
}

export function rollup(world, on, url) {
  const rows = world.reactions.findBy("on", on);
  const counts = Object.fromEntries(CONTENTS.map((one) => [one, rows.filter((row) => row.content === one).length]));
  return { url: `${url}/reactions`, total_count: rows.length, ...counts };
}

export function reaction(world, row) {
  const { id, content, created_at } = row;
  return { id, node_id: `REA_${id}`, user: user(world, row.user_id), content, created_at };
}

// What emulate's issue lacks.
export function dressed(world, json) {
  const row = world.gh.issues.get(json.id);
  if (!row) return json;
  const children = world.children.findBy("parent", row.id).map((link) => world.gh.issues.get(link.child));
  const completed = children.filter((child) => child.state === "closed").length;
  const share = children.length ? Math.floor((100 * completed) / children.length) : 0;
  json.sub_issues_summary = { total: children.length, completed, percent_completed: share };
  json.reactions = rollup(world, `issue ${row.id}`, json.url);
  const [parent] = world.children.findBy("child", row.id);
  if (parent) json.parent_issue_url = json.url.replace(/\d+$/, world.gh.issues.get(parent.parent).number);
  if (row.pull) {
    const api = json.url.replace("/issues/", "/pulls/");
    const site = json.html_url.replace("/issues/", "/pull/");
    json.html_url = site;
    json.pull_request = { url: api, html_url: site, diff_url: `${site}.diff`, patch_url: `${site}.patch`, merged_at: null };
  }
  return json;
}

export function comment(world, repo, row) {
  const api = `${world.baseUrl}/repos/${repo.full_name}`;
  const url = `${api}/issues/comments/${row.id}`;
  const html = `${world.baseUrl}/${repo.full_name}/issues/${row.issue_number}#issuecomment-${row.id}`;
  const { id, node_id, body, created_at, updated_at } = row;
  const association = world.may(repo, world.gh.users.get(row.user_id), "triage") ? "COLLABORATOR" : "NONE";
  return {
    url, html_url: html, issue_url: `${api}/issues/${row.issue_number}`, id, node_id, user: user(world, row.user_id),
    created_at, updated_at, author_association: association, body, reactions: rollup(world, `comment ${id}`, url),
    performed_via_github_app: null,
  };
}

// All that happened to an issue, in order: events, with comments among them on the timeline.
export async function timeline(world, repo, issue, show, comments) {
  const mine = (row) => row.issue_number === issue.number && !row.hidden;
  const rows = world.gh.issueEvents.findBy("repo_id", repo.id).filter(mine);
  if (!comments) rows.splice(0, rows.length, ...rows.filter((row) => row.event !== "cross-referenced"));
  const said = (row) => row.comment_type === "issue" && mine(row);
  if (comments) rows.push(...world.gh.comments.findBy("repo_id", repo.id).filter(said));
  rows.sort((one, two) => one.turn - two.turn);
  return Promise.all(rows.map((row) => entry(world, repo, row, show)));
}

async function entry(world, repo, row, show) {
  const actor = user(world, row.actor_id ?? row.user_id);
  if (row.comment_type) return { event: "commented", actor, ...comment(world, repo, row) };
  if (row.event === "cross-referenced") {
    const issue = await show(world.gh.issues.get(row.source_id));
    return { event: row.event, actor, created_at: row.created_at, updated_at: row.created_at, source: { type: "issue", issue } };
  }
  const { id, node_id, event, created_at } = row;
  const url = `${world.baseUrl}/repos/${repo.full_name}/issues/events/${id}`;
  const shown = { id, node_id, url, actor, event, commit_id: null, commit_url: null, created_at, performed_via_github_app: null };
  if (row.label_name !== null) {
    shown.label = { name: row.label_name, color: world.label(repo, row.label_name)?.color ?? "ededed" };
  }
  if (row.assignee_id !== null) Object.assign(shown, { assignee: user(world, row.assignee_id), assigner: actor });
  if (row.rename) shown.rename = row.rename;
  if (event === "closed" || event === "reopened") shown.state_reason = row.state_reason;
  if (event === "locked" || event === "unlocked") shown.lock_reason = row.lock_reason ?? null;
  if (row.other_id) shown[event.replace(/_(added|removed)$/, "")] = await reference(world, repo, world.gh.issues.get(row.other_id));
  return shown;
}

async function reference(world, repo, issue) {
  const { number, title, state, state_reason } = issue;
  return { number, title, state, state_reason, repository: await world.shown(repo), issue_type: null };
}
