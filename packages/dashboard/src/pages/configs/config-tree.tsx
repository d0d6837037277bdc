/** A config as a picture: strategies with what is under them. It shows what is written, also while the gateway refuses it. */
import type { ReactNode } from "react";
import { Icon } from "../../controls/icon.tsx";
import { Badge } from "../../controls/show.tsx";

type Part = Record<string, unknown>;

const isPart = (value: unknown): value is Part => typeof value === "object" && value !== null && !Array.isArray(value);

const modeWords: Readonly<Record<string, string>> = {
  single: "The first target",
  fallback: "One after another, until one answers",
  loadbalance: "One is drawn, by weight",
  conditional: "The one whose condition holds",
};

interface TreeProps {
  config: unknown;
  /** Leads to the place in the text. */
  onShow: (path: string) => void;
}

export function ConfigTree({ config, onShow }: TreeProps) {
  if (!isPart(config)) return <p className="soft">Nothing to draw: the text is no JSON object yet.</p>;
  return (
    <ul className="tree" aria-label="The config as a tree">
      <Node part={config} path="config" onShow={onShow} />
    </ul>
  );
}

interface NodeProps {
  part: Part;
  path: string;
  onShow: (path: string) => void;
  /** What the strategy above says of it. */
  role?: ReactNode;
}

function Node({ part, path, onShow, role }: NodeProps) {
  const targets = Array.isArray(part["targets"]) ? part["targets"].filter(isPart) : [];
  const mode = modeOf(part);
  return (
    <li>
      <button type="button" className="tree-node" onClick={() => onShow(path)}>
        <Icon name={targets.length > 0 ? "configs" : "models"} />
        <span>
          <strong>{targets.length > 0 ? (mode ?? "strategy") : targetName(part)}</strong>
          <small>{targets.length > 0 ? wordsOf(part, mode) : targetWords(part)}</small>
        </span>
        {role}
      </button>
      {targets.length > 0 && (
        <ul>
          {targets.map((target, index) => (
            <Node
              key={index}
              part={target}
              path={`${path}.targets[${index}]`}
              onShow={onShow}
              role={roleOf({ mode, targets, index, part })}
            />
          ))}
        </ul>
      )}
    </li>
  );
}

function modeOf(part: Part): string | undefined {
  const { strategy } = part;
  const mode = isPart(strategy) ? strategy["mode"] : strategy;
  return typeof mode === "string" ? mode : undefined;
}

function wordsOf(part: Part, mode: string | undefined): string {
  const strategy = isPart(part["strategy"]) ? part["strategy"] : {};
  const codes = strategy["on_status_codes"] ?? strategy["onStatusCodes"];
  const words = mode === undefined ? "no mode is given" : (modeWords[mode] ?? "a mode that is not known");
  return Array.isArray(codes) ? `${words}; goes on after ${codes.join(", ")}` : words;
}

function targetName(part: Part): string {
  const { override_params: overrides } = part;
  const model = isPart(overrides) ? overrides["model"] : undefined;
  const name = part["name"] ?? model ?? part["virtual_key"] ?? part["virtualKey"] ?? part["provider"];
  return typeof name === "string" ? name : "target";
}

function targetWords(part: Part): string {
  const { override_params: overrides, retry, cache } = part;
  const textOf = (...names: string[]) =>
    names.map((name) => part[name]).find((value): value is string => typeof value === "string");
  const key = textOf("virtual_key", "virtualKey");
  const words = [
    key === undefined ? textOf("provider") : `@${key.replace(/^@/, "")}`,
    textOf("aws_region", "awsRegion"),
    isPart(overrides) && typeof overrides["model"] === "string" && part["name"] !== undefined
      ? overrides["model"]
      : undefined,
    isPart(retry) && typeof retry["attempts"] === "number" ? `${retry["attempts"]} retries` : undefined,
    isPart(cache) ? "cache" : undefined,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? "what the request brings" : words.join(" · ");
}

interface RoleInput {
  mode: string | undefined;
  targets: readonly Part[];
  index: number;
  part: Part;
}

function roleOf({ mode, targets, index, part }: RoleInput): ReactNode {
  if (mode === "fallback") return <Badge kind="info">{index === 0 ? "first" : `then ${index + 1}`}</Badge>;
  if (mode === "loadbalance") return <Badge kind="info">{shareOf(targets, index)}</Badge>;
  if (mode === "conditional") return <Badge kind="info">{conditionOf(part, targets[index])}</Badge>;
  return undefined;
}

function shareOf(targets: readonly Part[], index: number): string {
  const weights = targets.map(({ weight }) => (typeof weight === "number" ? weight : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? "never" : `${Math.round(((weights[index] ?? 0) / total) * 100)} %`;
}

function conditionOf(part: Part, target: Part | undefined): string {
  const strategy = isPart(part["strategy"]) ? part["strategy"] : {};
  const name = target?.["name"];
  if (strategy["default"] === name && name !== undefined) return "else";
  const conditions = Array.isArray(strategy["conditions"]) ? strategy["conditions"].filter(isPart) : [];
  const own = conditions.filter((condition) => condition["then"] === name);
  return own.length === 0 ? "never" : own.map(({ query }) => JSON.stringify(query)).join(" or ");
}
