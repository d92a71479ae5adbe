// What emulate remembers otherwise than GitHub, mended where it is written.

const HIDDEN = new Set(["opened", "edited"]); // GitHub's timeline has no such entries
const MENTION = /(?<![\w&/#])#(\d+)\b/g;

export function hook(world) {
  const { gh } = world;
  const original = (name, verb) => gh[name][verb].bind(gh[name]);
  const [event, comment, issue] = ["issueEvents", "comments", "issues"].map((name) => original(name, "insert"));
  const changed = original("issues", "update");
  const commentChanged = original("comments", "update");
  const found = original("issues", "findBy");
  let renamed = null;
  world.only = null; // the issues that a list is to show, instead of all
  world.closing = null; // a reason that emulate does not know

  gh.issueEvents.insert = (row) => {
    const about = gh.issues.findBy("number", row.issue_number).find((each) => each.repo_id === row.repo_id);
    const more = { turn: world.turn(), hidden: HIDDEN.has(row.event), state_reason: null };
    if (row.event === "closed") more.state_reason = about.state_reason;
    if (row.event === "edited" && renamed) Object.assign(more, { event: "renamed", rename: renamed, hidden: false });
    renamed = null;
    const made = event({ ...row, ...more });
    if (row.event === "opened") begin(gh, row, about);
    return made;
  };

  gh.issues.findBy = (field, value) => {
    const rows = world.only ?? found(field, value);
    world.only = null;
    return rows;
  };

  gh.issues.insert = (row) => {
    const made = issue(row);
    world.turn();
    refer(world, made, made.body, row.user_id);
    return made;
  };

  // What changes nothing does not move the issue.
  gh.issues.update = (id, patch) => {
    const there = gh.issues.get(id);
    const same = (key) => JSON.stringify(there[key]) === JSON.stringify(patch[key]);
    if (there && Object.keys(patch).every(same)) return there;
    if (world.closing && patch.state_reason === "completed") patch = { ...patch, state_reason: world.closing };
    if (patch.title !== undefined && patch.title !== there.title) renamed = { from: there.title, to: patch.title };
    const now = changed(id, patch);
    if (patch.body !== undefined) refer(world, now, patch.body, now.user_id);
    return now;
  };

  gh.comments.insert = (row) => {
    const made = comment({ ...row, turn: world.turn() });
    refer(world, about(gh, made), made.body, row.user_id);
    return made;
  };

  gh.comments.update = (id, patch) => {
    const now = commentChanged(id, patch);
    if (patch.body !== undefined) refer(world, about(gh, now), patch.body, now.user_id);
    return now;
  };
}

const about = (gh, comment) =>
  gh.issues.findBy("number", comment.issue_number).find((each) => each.repo_id === comment.repo_id);

export function happened(world, issue, kind, actor, more = {}) {
  const row = { node_id: "", repo_id: issue.repo_id, issue_number: issue.number, event: kind, actor_id: actor };
  const nothing = { commit_id: null, commit_url: null, label_name: null, assignee_id: null, milestone_title: null, rename: null };
  return world.gh.issueEvents.insert({ ...row, ...nothing, ...more });
}

// An issue that is opened with labels and assignees says so, as if they came a moment later.
function begin(gh, opened, issue) {
  for (const id of issue.label_ids) gh.issueEvents.insert({ ...opened, event: "labeled", label_name: gh.labels.get(id).name });
  for (const id of issue.assignee_ids) gh.issueEvents.insert({ ...opened, event: "assigned", assignee_id: id });
}

// "#7" in a text shows on #7, once for each pair of issues.
function refer(world, from, text, actor) {
  if (!from) return;
  for (const [, number] of String(text ?? "").matchAll(MENTION)) {
    const to = world.gh.issues.findBy("number", Number(number)).find((each) => each.repo_id === from.repo_id);
    if (!to || to.id === from.id) continue;
    const there = world.gh.issueEvents.findBy("issue_number", to.number).some((each) => each.repo_id === to.repo_id && each.source_id === from.id);
    if (!there) happened(world, to, "cross-referenced", actor, { source_id: from.id });
  }
}
