/** A config as a picture that can be changed: strategies with what is under them. It shows what is written, also while the gateway refuses it. */
import { useState, type ReactNode } from "react";
import { Icon } from "../../controls/icon.tsx";
import type { JsonFault } from "../../controls/forms/json-editor.tsx";
import { Badge } from "../../controls/show.tsx";
import {
  credentialOf,
  isPart,
  memberOf,
  modeOf,
  numberIn,
  partAt,
  partIn,
  pathOf,
  targetsOf,
  textIn,
  type Part,
  type Way,
} from "./config-parts.ts";
import { PartForm } from "./part-form.tsx";

const modeWords: Readonly<Record<string, string>> = {
  single: "The first target",
  fallback: "One after another, until one answers",
  loadbalance: "One is drawn, by weight",
  conditional: "The one whose condition holds",
};

interface TreeProps {
  config: Part | undefined;
  faults: readonly JsonFault[];
  /** Leads to the place in the text. */
  onShow: (path: string) => void;
  /** Undefined for who may not change it. */
  onChange: ((config: Part) => void) | undefined;
}

interface Drawing extends Omit<TreeProps, "config"> {
  config: Part;
  chosen: Way | undefined;
  choose: (way: Way | undefined) => void;
}

export function ConfigTree({ config, ...rest }: TreeProps) {
  const [chosen, setChosen] = useState<Way>();
  if (config === undefined) return <p className="soft">Nothing to draw: the text is no JSON object yet.</p>;
  // What was chosen may be gone from the text.
  const isThere = chosen !== undefined && partAt(config, chosen) !== undefined;
  const drawing: Drawing = { ...rest, config, chosen: isThere ? chosen : undefined, choose: setChosen };
  return (
    <ul className="tree" aria-label="The config as a tree">
      <Node part={config} way={[]} drawing={drawing} />
    </ul>
  );
}

interface NodeProps {
  part: Part;
  way: Way;
  drawing: Drawing;
  /** What the strategy above says of it. */
  role?: ReactNode;
}

function Node({ part, way, drawing, role }: NodeProps) {
  const targets = targetsOf(part);
  const mode = modeOf(part);
  const path = pathOf(way);
  const isChosen = drawing.chosen !== undefined && pathOf(drawing.chosen) === path;
  const press = () => {
    drawing.onShow(path);
    drawing.choose(isChosen ? undefined : way);
  };
  return (
    <li>
      <button
        type="button"
        className={isChosen ? "tree-node is-chosen" : "tree-node"}
        {...(drawing.onChange !== undefined && { "aria-expanded": isChosen })}
        onClick={press}
      >
        <Icon name={targets.length > 0 ? "configs" : "models"} />
        <span>
          <strong>{targets.length > 0 ? (mode ?? "strategy") : targetName(part)}</strong>
          <small>{targets.length > 0 ? wordsOf(part, mode) : targetWords(part)}</small>
        </span>
        {role}
      </button>
      <Faults faults={drawing.faults} path={path} />
      {isChosen && drawing.onChange !== undefined && (
        <PartForm root={drawing.config} way={way} onChange={drawing.onChange} onChoose={drawing.choose} />
      )}
      {targets.length > 0 && (
        <ul>
          {targets.map((target, index) =>
            isPart(target) ? (
              <Node
                key={index}
                part={target}
                way={[...way, index]}
                drawing={drawing}
                role={roleOf({ mode, targets, index, part })}
              />
            ) : (
              <li key={index} className="field-error">
                Target {index} is no JSON object.
              </li>
            ),
          )}
        </ul>
      )}
    </li>
  );
}

/** What the gateway says of this part, and of none below it. */
function Faults({ faults, path }: { faults: readonly JsonFault[]; path: string }) {
  const own = faults.filter((fault) => {
    const place = fault.path.startsWith("config") ? fault.path : `config.${fault.path}`;
    const rest = place.slice(path.length);
    return place.startsWith(path) && (rest === "" || rest.startsWith(".")) && !rest.startsWith(".targets[");
  });
  return own.map(({ message, isWarning }) => (
    <p key={message} className={isWarning === true ? "hint" : "field-error"}>
      {message}
    </p>
  ));
}

function wordsOf(part: Part, mode: string | undefined): string {
  const codes = memberOf(partIn(part, "strategy"), "on_status_codes");
  const words = mode === undefined ? "no mode is given" : (modeWords[mode] ?? "a mode that is not known");
  return Array.isArray(codes) ? `${words}; goes on after ${codes.join(", ")}` : words;
}

function targetName(part: Part): string {
  const names = [textIn(part, "name"), textIn(partIn(part, "override_params"), "model"), credentialOf(part)];
  return [...names, textIn(part, "provider")].find((name) => name !== "") ?? "target";
}

function targetWords(part: Part): string {
  const credential = credentialOf(part);
  const model = textIn(partIn(part, "override_params"), "model");
  const attempts = numberIn(partIn(part, "retry"), "attempts");
  const words = [
    credential === "" ? textIn(part, "provider") : `@${credential}`,
    textIn(part, "aws_region"),
    textIn(part, "name") === "" ? "" : model,
    attempts === undefined ? "" : `${attempts} retries`,
    isPart(memberOf(part, "cache")) ? "cache" : "",
  ].filter((word) => word !== "");
  return words.length === 0 ? "what the request brings" : words.join(" · ");
}

interface RoleInput {
  mode: string | undefined;
  targets: readonly unknown[];
  index: number;
  part: Part;
}

function roleOf({ mode, targets, index, part }: RoleInput): ReactNode {
  if (mode === "fallback") return <Badge kind="info">{index === 0 ? "first" : `then ${index + 1}`}</Badge>;
  if (mode === "loadbalance") return <Badge kind="info">{shareOf(targets, index)}</Badge>;
  if (mode === "conditional") return <Badge kind="info">{conditionOf(part, targets[index])}</Badge>;
  return undefined;
}

function shareOf(targets: readonly unknown[], index: number): string {
  const weights = targets.map((target) => (isPart(target) ? (numberIn(target, "weight") ?? 1) : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? "never" : `${Math.round(((weights[index] ?? 0) / total) * 100)} %`;
}

function conditionOf(part: Part, target: unknown): string {
  const strategy = partIn(part, "strategy");
  const name = isPart(target) ? target["name"] : undefined;
  if (strategy["default"] === name && name !== undefined) return "else";
  const conditions = Array.isArray(strategy["conditions"]) ? strategy["conditions"].filter(isPart) : [];
  const own = conditions.filter((condition) => condition["then"] === name);
  return own.length === 0 ? "never" : own.map(({ query }) => JSON.stringify(query)).join(" or ");
}
