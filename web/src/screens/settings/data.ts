// Settings, tokens and the audit over HTTP.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { get, send } from "../../data/api";
import type { Audit, Config, Me, NewSetting, NewToken, SettingWritten, Token, TokenMade, Tokens } from "../../data/wire";

export function useMe() {
  return useQuery({ queryKey: ["me"], queryFn: ({ signal }) => get<Me>("/me", {}, signal), staleTime: 60_000 });
}

export function useConfig() {
  return useQuery({ queryKey: ["config"], queryFn: ({ signal }) => get<Config>("/config", {}, signal) });
}

export function useWriteSetting() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (change: NewSetting) => send<SettingWritten>("PUT", "/config", change),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["config"] }),
  });
}

export function useTokens() {
  return useQuery({ queryKey: ["tokens"], queryFn: ({ signal }) => get<Tokens>("/tokens", {}, signal) });
}

export function useNewToken() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (wanted: NewToken) => send<TokenMade>("POST", "/tokens", wanted),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useRevoke() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => send<Token>("DELETE", `/tokens/${encodeURIComponent(id)}`),
    onSuccess: () => cache.invalidateQueries({ queryKey: ["tokens"] }),
  });
}

export function useAudit(before: number) {
  return useQuery({
    queryKey: ["audit", before],
    queryFn: ({ signal }) => get<Audit>("/audit", { before, limit: 100 }, signal),
    refetchInterval: before ? false : 5_000,
  });
}
