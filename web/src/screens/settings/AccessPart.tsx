import { useState } from "react";
import type { Me, Token } from "../../data/wire";
import { Button } from "../../ui/Button";
import { Problem } from "../../ui/Problem";
import { Skeleton } from "../../ui/Skeleton";
import { Table, type Column } from "../../ui/Table";
import { Time } from "../../ui/Time";
import { useNow } from "../../ui/useNow";
import { useRevoke, useTokens } from "./data";
import { NewTokenForm } from "./NewTokenForm";

const LET_IN: Record<Me["by"], string> = {
  loopback: "Anybody on this host is let in as an admin, because the gateway listens to this host alone.",
  token: "The gateway asks for a token.",
  proxy: "A proxy that the gateway trusts says who you are.",
};

export function AccessPart({ me }: { me: Me }) {
  const tokens = useTokens();
  const revoke = useRevoke();
  const now = useNow(true);
  const [sure, setSure] = useState("");
  const columns: Column<Token>[] = [
    { name: "For", cell: (token) => token.name },
    { name: "Role", cell: (token) => token.role },
    { name: "Kind", cell: (token) => (token.session ? "a browser's" : "token"), wide: true },
    { name: "Made", cell: (token) => <Time at={token.created_at} now={now} />, wide: true },
    { name: "Ends", cell: (token) => (token.expires_at ? new Date(token.expires_at).toLocaleString() : "never"), wide: true },
    {
      name: "Revoke",
      cell: (token) => (
        <Button
          kind={sure === token.id ? "danger" : "plain"}
          busy={revoke.isPending && revoke.variables === token.id}
          aria-label={sure === token.id ? `Really revoke the token of ${token.name}` : `Revoke the token of ${token.name}`}
          onClick={() => (sure === token.id ? revoke.mutate(token.id) : setSure(token.id))}
          onBlur={() => setSure("")}
        >
          {sure === token.id ? "Really?" : "Revoke"}
        </Button>
      ),
    },
  ];
  return (
    <div className="stack">
      <p>
        {LET_IN[me.by]} A <b>viewer</b> looks, an <b>operator</b> also submits and steers runs, an <b>admin</b> also changes
        the fleet and who may use it.
      </p>
      <NewTokenForm />
      <Problem problem={tokens.error ?? revoke.error} />
      {tokens.isPending && <Skeleton />}
      {tokens.data?.tokens.length === 0 && <p className="quiet">No token has been made yet.</p>}
      {tokens.data && tokens.data.tokens.length > 0 && (
        <Table caption="Tokens" shown columns={columns} rows={tokens.data.tokens} keyOf={(token) => token.id} />
      )}
    </div>
  );
}
