// JSON for reading: indented, in colours, with what was changed marked.

const span = (className, text) => {
  const node = document.createElement(className === "changed" ? "mark" : "span");
  node.className = className;
  node.textContent = text;
  return node;
};

// changedPaths compares two values: path of each leaf that differs → what the
// other one has there.
export const changedPaths = (value, other, path = "", found = new Map()) => {
  if (typeof value === "object" && value !== null && typeof other === "object" && other !== null) {
    for (const name of new Set([...Object.keys(value), ...Object.keys(other)])) {
      changedPaths(value[name], other[name], path ? `${path}.${name}` : name, found);
    }
  } else if (value !== other) {
    found.set(path, JSON.stringify(other) ?? "–");
  }
  return found;
};

// coloured returns the nodes of a value.
export const coloured = (value, changed, path = "", indent = "") => {
  const isList = Array.isArray(value);
  if (typeof value !== "object" || value === null) {
    return [span(changed.has(path) ? "changed" : typeof value, JSON.stringify(value))];
  }
  const names = Object.keys(value);
  if (names.length === 0) {
    return [isList ? "[]" : "{}"];
  }
  const inner = `${indent}  `;
  const nodes = [isList ? "[" : "{"];
  names.forEach((name, i) => {
    nodes.push(`${i > 0 ? "," : ""}\n${inner}`, ...(isList ? [] : [span("key", JSON.stringify(name)), ": "]),
      ...coloured(value[name], changed, path ? `${path}.${name}` : name, inner));
  });
  return [...nodes, `\n${indent}${isList ? "]" : "}"}`];
};
