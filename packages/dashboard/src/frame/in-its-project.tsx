import { useNavigate } from "@tanstack/react-router";
import { useEffect, type ReactNode } from "react";
import { Loading } from "../controls/states.tsx";
import { useProject, useProjects } from "../session/project.ts";

/**
 * For what is found by its id alone, in whatever project of the reader's it is: the address names that project, so that the ways around it,
 * and what is asked beside it, are of the same. A project that is gone has nothing to stand around.
 */
export function InItsProject({ id, children }: { id: string; children: ReactNode }) {
  const navigate = useNavigate();
  const { project } = useProject();
  const { data = [] } = useProjects();
  const slug = id === project.id ? undefined : data.find((one) => one.id === id)?.slug;
  useEffect(() => {
    if (slug === undefined) return;
    void navigate({
      to: ".",
      search: (before) => ({ ...before, project: slug }),
      hash: true,
      replace: true,
      resetScroll: false,
    });
  }, [navigate, slug]);
  return slug === undefined ? children : <Loading what="its project" />;
}
