import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useRef } from "react";
import { send } from "../../data/api";
import { newId } from "../../data/id";
import type { Accepted, NewRun } from "../../data/wire";

/** The same order sent again is the same run: after a lost answer nobody has to wonder. */
export function useSubmit(onDone: () => void) {
  const last = useRef({ said: "", id: "" });
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (order: Omit<NewRun, "id">) => {
      const said = JSON.stringify(order);
      if (last.current.said !== said) last.current = { said, id: newId() };
      return send<Accepted>("POST", "/runs", { ...order, id: last.current.id } satisfies NewRun);
    },
    onSuccess: ({ run }) => {
      onDone();
      return navigate({ to: "/runs/$run", params: { run } });
    },
  });
}
