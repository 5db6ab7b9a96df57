import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { send } from "../../data/api";
import { newId } from "../../data/id";
import type { Accepted, NewDemo } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";

/** Starts the demo and goes to it. Pressed again after it failed, it is the same run. */
export function DemoButton({ kind = "main" }: { kind?: "main" | "plain" }) {
  const [id] = useState(newId);
  const navigate = useNavigate();
  const demo = useMutation({
    mutationFn: () => send<Accepted>("POST", "/demo", { id } satisfies NewDemo),
    onSuccess: ({ run }) => navigate({ to: "/runs/$run", params: { run } }),
  });
  return (
    <>
      <Button kind={kind} busy={demo.isPending} onClick={() => demo.mutate()}>
        <Icon name="play" /> Run the demo
      </Button>
      <Problem problem={demo.error} />
    </>
  );
}
