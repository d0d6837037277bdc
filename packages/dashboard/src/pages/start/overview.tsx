import { Link } from "@tanstack/react-router";
import { countOf } from "../../controls/show.tsx";

export function Overview({ credentials, keys }: { credentials: number; keys: number }) {
  return (
    <section aria-label="What is here" className="tiles">
      <Link to="/credentials" className="tile">
        <strong>{countOf(credentials)}</strong>
        <span>{credentials === 1 ? "credential" : "credentials"}</span>
      </Link>
      <Link to="/keys" className="tile">
        <strong>{countOf(keys)}</strong>
        <span>{keys === 1 ? "gateway key" : "gateway keys"}</span>
      </Link>
      <Link to="/models" className="tile">
        <strong>Models</strong>
        <span>with limits and prices</span>
      </Link>
      <Link to="/playground" className="tile">
        <strong>Playground</strong>
        <span>ask several models at once</span>
      </Link>
    </section>
  );
}
